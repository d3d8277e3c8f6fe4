import { calibrate, fitCalibration, PRIOR_CALIBRATION, type Calibration } from './platt.ts';
import type { CalibrationSample } from './platt.ts';

/** What a policy does with a state; each is calibrated by itself. */
export type Direction = 'up' | 'down' | 'flat';

export type Calibrated = Calibration & { readonly probability: number };

/** Walk-forward calibration of one policy in one market. */
export type Calibrator = {
  /** An outcome that became known at `knownMs`; times never fall. Refits when enough have come. */
  learn(direction: Direction, sample: CalibrationSample, knownMs: number): void;
  /** By the newest fit of before or at `asOfMs`: what came later does not exist. */
  calibrate(direction: Direction, confidence: number, asOfMs: number): Calibrated;
};

export type CalibratorShape = {
  /** Outcomes between two fits. */
  readonly refitEvery: number;
  /** Newest outcomes that a fit is made of. */
  readonly samplesMax: number;
  /** What one sample counts, 0–1: outcomes over overlapping spans are not independent. */
  readonly sampleWeight: number;
};

type Fit = { readonly fromMs: number; readonly calibration: Calibration };
type Track = { readonly samples: CalibrationSample[]; fits: readonly Fit[]; untilRefit: number };

/** Fits kept, so that a question that comes late meets the fit of its own time. */
const FITS_MAX = 64;

export function createCalibrator(shape: CalibratorShape): Calibrator {
  const { refitEvery, samplesMax, sampleWeight } = shape;
  const newTrack = (): Track => ({ samples: [], fits: [], untilRefit: refitEvery });
  const tracks: Readonly<Record<Direction, Track>> = {
    up: newTrack(),
    down: newTrack(),
    flat: newTrack(),
  };

  return {
    learn(direction, sample, knownMs) {
      const track = tracks[direction];
      track.samples.push(sample);
      if (track.samples.length > samplesMax) track.samples.shift();
      track.untilRefit -= 1;
      if (track.untilRefit > 0) return;
      track.untilRefit = refitEvery;
      const calibration = fitCalibration(track.samples, sampleWeight);
      track.fits = [...track.fits.slice(1 - FITS_MAX), { fromMs: knownMs, calibration }];
    },
    calibrate(direction, confidence, asOfMs) {
      const fit = tracks[direction].fits.findLast(({ fromMs }) => fromMs <= asOfMs);
      const calibration = fit?.calibration ?? PRIOR_CALIBRATION;
      return { ...calibration, probability: calibrate(calibration, confidence) };
    },
  };
}
