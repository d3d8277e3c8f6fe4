import type { MarketId } from '../shared/ids.ts';

/** States of one market, one UTC day of market time and one kind, and what came of them. */
export type DayPattern = {
  readonly market: MarketId;
  /** As in 2026-01-31. */
  readonly day: string;
  readonly kind: string;
  /** Mean of their features. */
  readonly centroid: readonly number[];
  readonly count: number;
  /** Of the market's returns over the horizon, basis points. */
  readonly meanBps: number;
  /** At 10, 50 and 90 %, by nearest rank. */
  readonly quantilesBps: readonly [number, number, number];
};

export type ResolvedState = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly kind: string;
  readonly features: readonly number[];
  readonly outcomeBps: number;
};

export type DayPatterns = {
  /** States in order of their market time; answers with the patterns of a day that has ended. */
  add(state: ResolvedState): readonly DayPattern[];
  /** The market's time begins anew: what was gathered of it is of another past. */
  rewind(market: MarketId): void;
};

type Gathered = { readonly sums: number[]; readonly outcomes: number[] };
type Day = { readonly day: string; readonly kinds: Map<string, Gathered> };

/** Gathers resolved states by day and kind; a day is whole when a state of a later one resolves. */
export function createDayPatterns(): DayPatterns {
  const days = new Map<MarketId, Day>();
  return {
    add({ market, marketTimeMs, kind, features, outcomeBps }) {
      const day = new Date(marketTimeMs).toISOString().slice(0, 10);
      const open = days.get(market);
      const current = open?.day === day ? open : { day, kinds: new Map<string, Gathered>() };
      days.set(market, current);
      const gathered = current.kinds.get(kind) ?? { sums: features.map(() => 0), outcomes: [] };
      current.kinds.set(kind, gathered);
      for (const [at, value] of features.entries())
        gathered.sums[at] = (gathered.sums[at] ?? 0) + value;
      gathered.outcomes.push(outcomeBps);
      return open === undefined || open === current ? [] : patternsOf(market, open);
    },
    rewind: (market) => void days.delete(market),
  };
}

function patternsOf(market: MarketId, { day, kinds }: Day): readonly DayPattern[] {
  return [...kinds].map(([kind, { sums, outcomes }]) => {
    const count = outcomes.length;
    const sorted = outcomes.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(share * count) - 1] ?? 0;
    return {
      ...{ market, day, kind, count },
      centroid: sums.map((sum) => sum / count),
      meanBps: outcomes.reduce((sum, one) => sum + one, 0) / count,
      quantilesBps: [at(0.1), at(0.5), at(0.9)] as const,
    };
  });
}
