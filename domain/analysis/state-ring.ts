/** States of one market in flat arrays: a scan reads memory in order and allocates nothing. */
export type StateRing = {
  readonly dimensions: number;
  readonly rows: number;
  /** How many states came in all; state n lies in row n modulo `rows`. */
  written: number;
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
};

export function createStateRing(dimensions: number, rows: number): StateRing {
  return {
    dimensions,
    rows,
    written: 0,
    vectors: new Float32Array(rows * dimensions),
    times: new Float64Array(rows),
    outcomes: new Float64Array(rows),
    resolvedAt: new Float64Array(rows).fill(Infinity),
    revoked: new Uint8Array(rows),
    strengths: new Float64Array(rows).fill(NaN),
    distances: new Float64Array(rows).fill(NaN),
  };
}

/** Answers with the state's number. */
export function addToRing(
  ring: StateRing,
  marketTimeMs: number,
  features: ArrayLike<number>,
): number {
  const row = ring.written % ring.rows;
  ring.vectors.set(features, row * ring.dimensions);
  ring.times[row] = marketTimeMs;
  ring.outcomes[row] = 0;
  ring.resolvedAt[row] = Infinity;
  ring.revoked[row] = 0;
  ring.strengths[row] = NaN;
  ring.distances[row] = NaN;
  ring.written += 1;
  return ring.written - 1;
}

/** Number of the newest state at or before this time; −1 where there is none (any more). */
export function newestAt({ written, rows, times }: StateRing, upToMs: number): number {
  const oldest = Math.max(0, written - rows);
  let state = written - 1;
  while (state >= oldest && (times[state % rows] ?? 0) > upToMs) state -= 1;
  return state < oldest ? -1 : state;
}

export function squaredDistance(ring: StateRing, row: number, query: Float32Array): number {
  const { vectors, dimensions } = ring;
  let sum = 0;
  for (let at = 0, from = row * dimensions; at < dimensions; at++, from++) {
    const gap = (vectors[from] ?? 0) - (query[at] ?? 0);
    sum += gap * gap;
  }
  return sum;
}
