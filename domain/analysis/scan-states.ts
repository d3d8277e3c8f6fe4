import type { Nearest } from './nearest.ts';
import { measureRows, type StateRing } from './state-ring.ts';

/** What all states that may vote have in common; zeros where there are none. */
export type MemoryFigures = {
  /** States whose outcome was known. */
  readonly size: number;
  readonly riseShare: number;
  readonly meanRiseBps: number;
  /** Of those that did not rise; zero or more. */
  readonly meanFallBps: number;
  /** Mean size of the outcomes, either way. */
  readonly meanMoveBps: number;
  /** How far states of this memory lie from each other, as each found it when it came. */
  readonly meanDistance: number;
};

export type ScanQuestion = {
  readonly query: Float32Array;
  /** Numbers of the oldest and the newest state that exist for this question. */
  readonly first: number;
  readonly last: number;
  /** An outcome that became known later does not exist either. */
  readonly upToMs: number;
};

export type Scan = {
  readonly figures: MemoryFigures;
  /** Mean distance of the state asked about to every state that may vote. */
  readonly distanceToMemory: number;
};

/** Measures every state, then counts those that may vote; leaves the nearest in `nearest`. */
export function scanStates(ring: StateRing, question: ScanQuestion, nearest: Nearest): Scan {
  const { rows, outcomes, resolvedAt, revoked, distances, squares } = ring;
  const { first, last, upToMs } = question;
  measureStates(ring, question);
  let [size, rises, riseBps, falls, fallBps] = [0, 0, 0, 0, 0];
  let [own, measured, inside] = [0, 0, 0];
  nearest.clear();
  for (let state = first; state <= last; state++) {
    const row = state % rows;
    if ((resolvedAt[row] ?? Infinity) > upToMs || revoked[row] === 1) continue;
    const squared = squares[row] ?? Infinity;
    nearest.offer(row, squared);
    size += 1;
    own += Math.sqrt(squared);
    const outcome = outcomes[row] ?? 0;
    if (outcome > 0) {
      rises += 1;
      riseBps += outcome;
    } else {
      falls += 1;
      fallBps -= outcome;
    }
    const distance = distances[row] ?? NaN;
    if (!Number.isNaN(distance)) {
      measured += 1;
      inside += distance;
    }
  }
  const distanceToMemory = share(own, size);
  const figures = {
    size,
    riseShare: share(rises, size),
    meanRiseBps: share(riseBps, rises),
    meanFallBps: share(fallBps, falls),
    meanMoveBps: share(riseBps + fallBps, size),
    // A young memory has no distances of its own yet; it is below any minimum size anyway.
    meanDistance: measured > 0 ? inside / measured : distanceToMemory,
  };
  return { figures, distanceToMemory };
}

/** States in a row of the ring lie in one stretch of rows, or in two where the ring begins anew. */
function measureStates(ring: StateRing, { query, first, last }: ScanQuestion): void {
  if (last < first) return;
  const [firstRow, lastRow] = [first % ring.rows, last % ring.rows];
  if (firstRow <= lastRow) return measureRows(ring, { query, firstRow, lastRow });
  measureRows(ring, { query, firstRow, lastRow: ring.rows - 1 });
  measureRows(ring, { query, firstRow: 0, lastRow });
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
