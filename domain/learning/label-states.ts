/** What became of a state: known only when the market reached its horizon. */
export type Label = {
  /** As given to `watch`. */
  readonly state: number;
  readonly marketTimeMs: number;
  readonly outcomeBps: number;
  /** Market time at which it became known. */
  readonly resolvedMs: number;
};

export type Bar = { readonly marketTimeMs: number; readonly close: number };

export type Labeller = {
  /** Takes the next bar in; answers with the labels that it makes known, oldest first. */
  add(bar: Bar): readonly Label[];
  /** A state of the bar just added; its outcome is wanted. */
  watch(state: number): void;
};

type Watched = Bar & { readonly state: number };

/** Across a longer silence a return says nothing about the horizon. */
const GAP_INTERVALS_MAX = 2;

/**
 * Return in basis points of the first close at or after time + horizon against the state's own
 * close. A gap of more than two intervals on the way voids it: such a state never votes.
 */
export function createLabeller(horizonMs: number, intervalMs: number): Labeller {
  let waiting: Watched[] = [];
  let last: Bar | undefined;

  return {
    add(bar) {
      if (last && bar.marketTimeMs - last.marketTimeMs > GAP_INTERVALS_MAX * intervalMs) {
        waiting = [];
      }
      last = bar;
      const due = waiting.findIndex(
        ({ marketTimeMs }) => marketTimeMs + horizonMs > bar.marketTimeMs,
      );
      const reached = waiting.splice(0, due < 0 ? waiting.length : due);
      return reached.map(({ state, marketTimeMs, close }) => ({
        state,
        marketTimeMs,
        outcomeBps: (bar.close / close - 1) * 10_000,
        resolvedMs: bar.marketTimeMs,
      }));
    },
    watch(state) {
      if (last) waiting.push({ ...last, state });
    },
  };
}
