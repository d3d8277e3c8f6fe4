/** States of one market in flat arrays: a scan reads memory in order and allocates nothing. */
export type StateRing = {
  readonly dimensions: number;
  readonly rows: number;
  /** How many states came in all; state n lies in row n modulo `rows`. */
  written: number;
  /** Four rows a block, their numbers interleaved: first numbers, second numbers, and so on. */
  readonly vectors: Float32Array;
  readonly times: Float64Array;
  readonly outcomes: Float64Array;
  /** Infinity: not known yet, or never (a gap in the bars). */
  readonly resolvedAt: Float64Array;
  /** 1: may vote no more, whatever its outcome. */
  readonly revoked: Uint8Array;
  /** What the policy found when the state came; NaN where it found nothing. */
  readonly strengths: Float64Array;
  readonly distances: Float64Array;
  /** Of each row to the state asked about last. */
  readonly squares: Float64Array;
};

/** Rows that are measured side by side; the arrays that this touches are whole blocks. */
const BLOCK_ROWS = 4;

export function createStateRing(dimensions: number, rows: number): StateRing {
  const blockRows = Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS;
  return {
    dimensions,
    rows,
    written: 0,
    vectors: new Float32Array(blockRows * dimensions),
    times: new Float64Array(rows),
    outcomes: new Float64Array(rows),
    resolvedAt: new Float64Array(rows).fill(Infinity),
    revoked: new Uint8Array(rows),
    strengths: new Float64Array(rows).fill(NaN),
    distances: new Float64Array(rows).fill(NaN),
    squares: new Float64Array(blockRows),
  };
}

/** Answers with the state's number. */
export function addToRing(
  ring: StateRing,
  marketTimeMs: number,
  features: ArrayLike<number>,
): number {
  const row = ring.written % ring.rows;
  writeVector(ring, row, features);
  ring.times[row] = marketTimeMs;
  ring.outcomes[row] = 0;
  ring.resolvedAt[row] = Infinity;
  ring.revoked[row] = 0;
  ring.strengths[row] = NaN;
  ring.distances[row] = NaN;
  ring.written += 1;
  return ring.written - 1;
}

function writeVector(ring: StateRing, row: number, features: ArrayLike<number>): void {
  const { vectors, dimensions } = ring;
  const place = row % BLOCK_ROWS;
  const from = (row - place) * dimensions + place;
  for (let at = 0; at < dimensions; at++) vectors[from + at * BLOCK_ROWS] = features[at] ?? 0;
}

/** Number of the newest state at or before this time; −1 where there is none (any more). */
export function newestAt({ written, rows, times }: StateRing, upToMs: number): number {
  const oldest = Math.max(0, written - rows);
  let state = written - 1;
  while (state >= oldest && (times[state % rows] ?? 0) > upToMs) state -= 1;
  return state < oldest ? -1 : state;
}

/**
 * Squared distances of the query to all rows from one to another (and to a few beside them), each
 * into its row of `squares`. A single sum waits for each of its additions; four beside each other
 * fill that time. Each adds up in the order of the dimensions, so a distance is the same to the last
 * bit whichever rows stand beside it.
 */
export function measureRows(
  { vectors, dimensions, squares }: StateRing,
  { query, firstRow, lastRow }: { query: Float32Array; firstRow: number; lastRow: number },
): void {
  for (let row = firstRow - (firstRow % BLOCK_ROWS); row <= lastRow; row += BLOCK_ROWS) {
    let [one, two, three, four] = [0, 0, 0, 0];
    let from = row * dimensions;
    for (let at = 0; at < dimensions; at++) {
      // Never undefined: a row has as many numbers as the query, and blocks end inside the arrays.
      const wanted = query[at] as number;
      const gap1 = (vectors[from] as number) - wanted;
      const gap2 = (vectors[from + 1] as number) - wanted;
      const gap3 = (vectors[from + 2] as number) - wanted;
      const gap4 = (vectors[from + 3] as number) - wanted;
      from += BLOCK_ROWS;
      one += gap1 * gap1;
      two += gap2 * gap2;
      three += gap3 * gap3;
      four += gap4 * gap4;
    }
    squares[row] = one;
    squares[row + 1] = two;
    squares[row + 2] = three;
    squares[row + 3] = four;
  }
}
