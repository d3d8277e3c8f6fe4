import { createNearest } from './nearest.ts';

/** A past state near to the one asked about. */
export type RecalledState = {
  readonly marketTimeMs: number;
  readonly squaredDistance: number;
  readonly outcomeBps: number;
};

/** What all states that may vote have in common; zeros where there are none. */
export type MemoryFigures = {
  /** States whose outcome was known. */
  readonly size: number;
  readonly riseShare: number;
  readonly meanRiseBps: number;
  /** Positive. */
  readonly meanFallBps: number;
  /** Mean size of the outcomes, either way. */
  readonly meanMoveBps: number;
  /** How far states of this memory lie from each other, as each found it when it came. */
  readonly meanDistance: number;
};

export type Recall = {
  /** Nearest first; the older one of two that are equally near. */
  readonly nearest: readonly RecalledState[];
  readonly figures: MemoryFigures;
  /** Of the state asked about, to every state that may vote. */
  readonly distanceToMemory: number;
};

export type RecallQuestion = {
  readonly features: ArrayLike<number>;
  /** Only what was known by then: later states and later outcomes do not exist. */
  readonly upToMs: number;
};

export type StateMemory = {
  /** Takes the next state in and answers with its number. Times rise. */
  add(marketTimeMs: number, features: ArrayLike<number>): number;
  resolve(state: number, outcomeBps: number, resolvedMs: number): void;
  /** What the policy found when the state came; ranks and distances are made of these later. */
  recordReading(state: number, strength: number, distanceToMemory: number): void;
  /** Undefined when so much has come since `upToMs` that part of what was known is overwritten. */
  recall(question: RecallQuestion): Recall | undefined;
  /** Strengths of the last `count` states before this time, newest first. */
  strengthsBefore(marketTimeMs: number, count: number): readonly number[];
};

export type MemoryShape = {
  readonly dimensions: number;
  readonly neighbours: number;
  /** States that may vote; older ones are forgotten. */
  readonly capacity: number;
};

/** Kept beyond the capacity, so that a question that is so many states late finds its own past. */
const LATE_STATES = 1_024;
/** A distance found in a smaller memory says little about the memory. */
const DISTANCE_MEMORY_MIN = 50;

/** States of one market in flat arrays: a scan reads memory in order and allocates nothing. */
export function createStateMemory(shape: MemoryShape): StateMemory {
  const { dimensions, neighbours, capacity } = shape;
  const rows = capacity + LATE_STATES;
  const vectors = new Float32Array(rows * dimensions);
  const times = new Float64Array(rows);
  const outcomes = new Float64Array(rows);
  // Infinity: not known yet, or never (a gap in the bars).
  const resolvedAt = new Float64Array(rows).fill(Infinity);
  const strengths = new Float64Array(rows).fill(NaN);
  const distances = new Float64Array(rows).fill(NaN);
  const query = new Float32Array(dimensions);
  const nearest = createNearest(neighbours);
  let written = 0;

  /** Number of the newest state at or before this time; −1 where there is none. */
  const newestAt = (upToMs: number): number => {
    const oldest = Math.max(0, written - rows);
    let state = written - 1;
    while (state >= oldest && (times[state % rows] ?? 0) > upToMs) state -= 1;
    return state < oldest ? -1 : state;
  };

  const squaredDistance = (row: number): number => {
    let sum = 0;
    for (let at = 0, from = row * dimensions; at < dimensions; at++, from++) {
      const gap = (vectors[from] ?? 0) - (query[at] ?? 0);
      sum += gap * gap;
    }
    return sum;
  };

  const scan = (first: number, last: number, upToMs: number): Recall => {
    const sums = {
      size: 0,
      rises: 0,
      riseBps: 0,
      falls: 0,
      fallBps: 0,
      own: 0,
      kept: 0,
      inside: 0,
    };
    nearest.clear();
    for (let state = first; state <= last; state++) {
      const row = state % rows;
      if ((resolvedAt[row] ?? Infinity) > upToMs) continue;
      const squared = squaredDistance(row);
      const outcome = outcomes[row] ?? 0;
      nearest.offer(row, squared);
      sums.size += 1;
      sums.own += Math.sqrt(squared);
      if (outcome > 0) {
        sums.rises += 1;
        sums.riseBps += outcome;
      } else if (outcome < 0) {
        sums.falls += 1;
        sums.fallBps -= outcome;
      }
      const distance = distances[row] ?? NaN;
      if (!Number.isNaN(distance)) {
        sums.kept += 1;
        sums.inside += distance;
      }
    }
    const distanceToMemory = share(sums.own, sums.size);
    const figures = {
      size: sums.size,
      riseShare: share(sums.rises, sums.size),
      meanRiseBps: share(sums.riseBps, sums.rises),
      meanFallBps: share(sums.fallBps, sums.falls),
      meanMoveBps: share(sums.riseBps + sums.fallBps, sums.size),
      // A young memory has no distances of its own yet; it is below any minimum size anyway.
      meanDistance: sums.kept > 0 ? sums.inside / sums.kept : distanceToMemory,
    };
    return { nearest: nearest.list().map(recalled), figures, distanceToMemory };
  };

  const recalled = ({ row, squared }: { row: number; squared: number }): RecalledState => ({
    marketTimeMs: times[row] ?? 0,
    squaredDistance: squared,
    outcomeBps: outcomes[row] ?? 0,
  });

  return {
    add(marketTimeMs, features) {
      const row = written % rows;
      vectors.set(features, row * dimensions);
      times[row] = marketTimeMs;
      outcomes[row] = 0;
      resolvedAt[row] = Infinity;
      strengths[row] = NaN;
      distances[row] = NaN;
      written += 1;
      return written - 1;
    },

    resolve(state, outcomeBps, resolvedMs) {
      if (state < written - rows) return; // Forgotten before its outcome came.
      outcomes[state % rows] = outcomeBps;
      resolvedAt[state % rows] = resolvedMs;
    },

    recordReading(state, strength, distanceToMemory) {
      strengths[state % rows] = strength;
      distances[state % rows] = distanceToMemory;
    },

    recall({ features, upToMs }) {
      const last = newestAt(upToMs);
      if (written - 1 - last > LATE_STATES && written > rows) return undefined;
      query.set(features);
      return scan(Math.max(0, last - capacity + 1), last, upToMs);
    },

    strengthsBefore(marketTimeMs, count) {
      const found: number[] = [];
      // A time just before: two states never share one, and market time is whole milliseconds.
      const last = newestAt(marketTimeMs - 1);
      const oldest = Math.max(0, last - capacity + 1);
      for (let state = last; state >= oldest && found.length < count; state--) {
        const strength = strengths[state % rows] ?? NaN;
        if (!Number.isNaN(strength)) found.push(strength);
      }
      return found;
    },
  };
}

/** Whether a distance to this memory is worth keeping as a measure of it. */
export const isMeasurable = ({ figures }: Recall): boolean => figures.size >= DISTANCE_MEMORY_MIN;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
