/** Half-life of the running centre and spread, in bars: a day of one-minute candles. */
const HALF_LIFE_BARS = 1_440;
const RATE = 1 - 0.5 ** (1 / HALF_LIFE_BARS);
/** One wild bar may move the centre and the spread by so many spreads at most. */
const OUTLIER_SPREADS = 5;
/** Mean absolute deviation of a normal variable to its standard deviation. */
const DEVIATION_TO_SIGMA = Math.sqrt(Math.PI / 2);
const CLIP = 3;

/** Streaming centre and spread of one number; it knows only what it has been shown. */
export type RobustScaler = {
  /** Takes the value in, then says where it lies: standard deviations from the centre, ±3. */
  scale(value: number): number;
};

/**
 * Robust z-score: mean and mean absolute deviation with exponential forgetting, outliers cut
 * before they count. The first values weigh equally, so a short past already gives a fair scale.
 */
export function createRobustScaler(): RobustScaler {
  let seen = 0;
  let centre = 0;
  let spread = 0;
  return {
    scale(value) {
      seen += 1;
      const rate = Math.max(RATE, 1 / seen);
      const cut = seen > 20 ? OUTLIER_SPREADS * spread : Infinity;
      const gap = Math.max(-cut, Math.min(cut, value - centre));
      centre += rate * gap;
      // The first value has no deviation yet: it is the centre.
      if (seen > 1) spread += Math.max(RATE, 1 / (seen - 1)) * (Math.abs(gap) - spread);
      const sigma = spread * DEVIATION_TO_SIGMA;
      if (sigma <= Number.EPSILON * Math.abs(centre) || sigma === 0) return 0;
      return Math.max(-CLIP, Math.min(CLIP, (value - centre) / sigma));
    },
  };
}
