export const FAST_POLICY = {
  version: 'fast_v2',
  /** Bars over which an outcome is measured, and after which a neighbour may vote. */
  horizonBars: 30,
  neighbours: 15,
  /** States that may vote, of each market. */
  capacity: 50_000,
  /** With fewer resolved states nothing is known. */
  memoryMin: 200,
  /**
   * Neighbours this far off, in mean distances of the memory, are no precedent. On ordinary
   * recorded days 99 % of the states lie below 0.75; the crash of October 2025 reached 1.3.
   */
  dissimilarityMax: 0.8,
  /** A vote this old counts 1/e: markets change. A week of one-minute bars. */
  fadingBars: 10_000,
  /** Below this score, in typical moves, there is no direction. */
  flatScoreMax: 0.02,
  /** Known outcomes between two fits of the calibration, and the newest ones that a fit is made of. */
  refitEvery: 100,
  calibrationSamples: 10_000,
} as const;
