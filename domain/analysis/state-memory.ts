import { createNearest } from './nearest.ts';
import { scanStates, type Scan } from './scan-states.ts';
import { addToRing, createStateRing, newestAt } from './state-ring.ts';

/** A past state near to the one asked about. */
export type RecalledState = {
  readonly marketTimeMs: number;
  readonly squaredDistance: number;
  readonly outcomeBps: number;
};

export type Recall = Scan & {
  /** Nearest first; the older one of two that are equally near. */
  readonly nearest: readonly RecalledState[];
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
  /** The state of this time votes no more. False where the memory holds none. */
  revoke(marketTimeMs: number): boolean;
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

/** What a market has shown, and what came of it. */
export function createStateMemory(shape: MemoryShape): StateMemory {
  const { dimensions, neighbours, capacity } = shape;
  const ring = createStateRing(dimensions, capacity + LATE_STATES);
  const { rows, times, outcomes, resolvedAt, revoked, strengths, distances } = ring;
  const nearest = createNearest(neighbours);
  const query = new Float32Array(dimensions);

  return {
    add: (marketTimeMs, features) => addToRing(ring, marketTimeMs, features),

    resolve(state, outcomeBps, resolvedMs) {
      if (state < ring.written - rows) return; // Forgotten before its outcome came.
      outcomes[state % rows] = outcomeBps;
      resolvedAt[state % rows] = resolvedMs;
    },

    revoke(marketTimeMs) {
      const state = newestAt(ring, marketTimeMs);
      if (state < 0 || times[state % rows] !== marketTimeMs) return false;
      revoked[state % rows] = 1;
      return true;
    },

    recordReading(state, strength, distanceToMemory) {
      strengths[state % rows] = strength;
      distances[state % rows] = distanceToMemory;
    },

    recall({ features, upToMs }) {
      const last = newestAt(ring, upToMs);
      const late = ring.written - 1 - last;
      if (late > LATE_STATES && ring.written > rows) return undefined;
      query.set(features);
      const first = Math.max(0, last - capacity + 1);
      const scan = scanStates(ring, { query, first, last, upToMs }, nearest);
      const recalled = nearest.list().map(({ row, squared }) => ({
        marketTimeMs: times[row] ?? 0,
        squaredDistance: squared,
        outcomeBps: outcomes[row] ?? 0,
      }));
      return { ...scan, nearest: recalled };
    },

    strengthsBefore(marketTimeMs, count) {
      const found: number[] = [];
      // A time just before: two states never share one, and market time is whole milliseconds.
      const last = newestAt(ring, marketTimeMs - 1);
      const oldest = Math.max(0, last - capacity + 1);
      for (let state = last; state >= oldest && found.length < count; state--) {
        const strength = strengths[state % rows] ?? NaN;
        if (!Number.isNaN(strength)) found.push(strength);
      }
      return found;
    },
  };
}

/** Whether a reading in this memory is worth keeping as a measure of later ones. */
export const isMeasurable = ({ figures }: Recall): boolean => figures.size >= DISTANCE_MEMORY_MIN;
