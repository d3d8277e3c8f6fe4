/** How spans of one kind were distributed since the start. */
export type SpanFigures = {
  readonly count: number;
  readonly sumUs: number;
  /** How many lasted at most so many µs, cumulative; those beyond the last bound are in `count`. */
  readonly buckets: readonly (readonly [leUs: number, count: number])[];
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
};

export type SpanHistogram = {
  record(ns: number): void;
  read(): SpanFigures;
};

/** Each power of two is cut into 64 slots: a quantile is at most 1.6 % too high. */
const CUT_BITS = 6;
const CUTS = 2 ** CUT_BITS;
/** 8.6 s, beyond every deadline of the path; `Math.clz32` would lose a bit more. */
const NS_MAX = 2 ** 32 - 1;
/** From a look at numbers, 1 µs, to a lost reply, 1.1 s: edges of slots, so that no count is guessed. */
const BUCKET_POWERS = { min: 10, max: 30 };

/**
 * Slots that grow with the span, in one array: recording is a shift and an addition. The histogram
 * of `node:perf_hooks` takes five times as long and knows no counts below a bound.
 */
export function createSpanHistogram(): SpanHistogram {
  // Whole counts in doubles: a year at 10,000 a second does not wrap.
  const slots = new Float64Array(slotOf(NS_MAX) + 1);
  let [count, sumNs, maxNs] = [0, 0, 0];
  return {
    record(ns) {
      // A clock that stood still has measured the shortest span, not none.
      const taken = ns < 1 ? 1 : ns > NS_MAX ? NS_MAX : ns;
      const slot = slotOf(taken);
      slots[slot] = (slots[slot] ?? 0) + 1;
      count += 1;
      sumNs += taken;
      if (taken > maxNs) maxNs = taken;
    },
    read() {
      const at = (share: number): number => inUs(Math.min(maxNs, quantileOf(slots, share * count)));
      return {
        count,
        sumUs: inUs(sumNs),
        buckets: bucketsOf(slots),
        p50Us: at(0.5),
        p90Us: at(0.9),
        p99Us: at(0.99),
        p999Us: at(0.999),
        maxUs: inUs(maxNs),
      };
    },
  };
}

/** Spans below 64 ns have a slot each, then each power of two has as many. */
function slotOf(ns: number): number {
  const shift = Math.max(0, 31 - CUT_BITS - Math.clz32(ns));
  return shift * CUTS + (ns >>> shift);
}

/** The longest span that the slot holds. */
function lastOf(slot: number): number {
  const shift = slot < 2 * CUTS ? 0 : Math.floor(slot / CUTS) - 1;
  return (slot - shift * CUTS + 1) * 2 ** shift - 1;
}

function quantileOf(slots: Float64Array, rank: number): number {
  let below = 0;
  for (const [slot, count] of slots.entries()) {
    below += count;
    if (count > 0 && below >= rank) return lastOf(slot);
  }
  return 0;
}

function bucketsOf(slots: Float64Array): SpanFigures['buckets'] {
  const buckets: (readonly [number, number])[] = [];
  let [below, slot] = [0, 0];
  for (let power = BUCKET_POWERS.min; power <= BUCKET_POWERS.max; power++) {
    for (; lastOf(slot) < 2 ** power; slot++) below += slots[slot] ?? 0;
    buckets.push([2 ** power / 1_000, below]);
  }
  return buckets;
}

const inUs = (ns: number): number => Math.round(ns / 100) / 10;
