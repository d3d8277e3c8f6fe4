import { mean } from './statistics.ts';

/** A probability that was said, and whether it came true. */
export type Forecast = { readonly probability: number; readonly rose: boolean };

export type Bin = {
  readonly count: number;
  readonly risen: number;
  /** Mean probability said, 0–1. */
  readonly said: number;
};

export type CalibrationFigures = {
  readonly count: number;
  /** Share that rose, 0–1. */
  readonly baseRate: number;
  /** Mean squared error of the probabilities; always saying the base rate has `baseBrier`. */
  readonly brier: number;
  readonly baseBrier: number;
  /** 1 − brier ÷ baseBrier: above 0 the probabilities know more than the base rate. */
  readonly skill: number;
  /** Expected calibration error: mean distance of said and seen over ten equal bins, 0–1. */
  readonly ece: number;
  /** The bins that hold any, lowest first. */
  readonly bins: readonly Bin[];
};

const BINS = 10;

/** The base rate is the one of these very forecasts: the hardest constant to beat. */
export function calibrationOf(forecasts: readonly Forecast[]): CalibrationFigures {
  const seen = forecasts.map(({ rose }) => (rose ? 1 : 0));
  const baseRate = mean(seen);
  const brier = mean(forecasts.map(({ probability }, at) => (probability - (seen[at] ?? 0)) ** 2));
  const baseBrier = baseRate * (1 - baseRate);
  const bins = binsOf(forecasts);
  const gaps = bins.map(({ count, risen, said }) => count * Math.abs(said - risen / count));
  const ece = gaps.reduce((sum, gap) => sum + gap, 0) / forecasts.length;
  return {
    count: forecasts.length,
    baseRate,
    brier,
    baseBrier,
    skill: 1 - brier / baseBrier,
    ece,
    bins,
  };
}

function binsOf(forecasts: readonly Forecast[]): readonly Bin[] {
  const groups = Array.from({ length: BINS }, (): Forecast[] => []);
  for (const forecast of forecasts) {
    groups[Math.min(BINS - 1, Math.floor(forecast.probability * BINS))]?.push(forecast);
  }
  return groups
    .filter(({ length }) => length > 0)
    .map((bin) => ({
      count: bin.length,
      risen: bin.filter(({ rose }) => rose).length,
      said: mean(bin.map(({ probability }) => probability)),
    }));
}
