import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalibrator } from '../../../domain/analysis/calibrator.ts';
import {
  calibrate,
  fitCalibration,
  PRIOR_CALIBRATION,
  type Calibration,
  type CalibrationSample,
} from '../../../domain/analysis/platt.ts';
import { createRandom } from '../../../adapters/market-data/random.ts';

const logit = (p: number): number => Math.log(p / (1 - p));
const sampleOf = fc.record({
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  cameTrue: fc.boolean(),
});

/** What the fit is to make small. */
function penalisedLoss(
  { slope, offset }: Omit<Calibration, 'samples'>,
  samples: readonly CalibrationSample[],
): number {
  const loss = samples.reduce((sum, { confidence, cameTrue }) => {
    const p = calibrate({ slope, offset, samples: 0 }, confidence);
    return sum - Math.log(cameTrue ? p : 1 - p);
  }, 0);
  return loss + (15 * ((slope - 0.3) ** 2 + offset ** 2)) / 2;
}

describe('a fit of the calibration', () => {
  it('is the prior without samples', () => {
    expect(fitCalibration([])).toEqual(PRIOR_CALIBRATION);
    expect(calibrate(PRIOR_CALIBRATION, 0.5)).toBe(0.5);
    expect(calibrate(PRIOR_CALIBRATION, 0.9)).toBeCloseTo(1 / (1 + Math.exp(-0.3 * logit(0.9))));
  });

  it('is the minimum of the penalised loss', () => {
    fc.assert(
      fc.property(fc.array(sampleOf, { maxLength: 60 }), (samples) => {
        const fit = fitCalibration(samples);
        const least = penalisedLoss(fit, samples);
        for (const [slope, offset] of [
          [0.01, 0],
          [-0.01, 0],
          [0, 0.01],
          [0, -0.01],
        ] as const) {
          const beside = { slope: fit.slope + slope, offset: fit.offset + offset };
          expect(penalisedLoss(beside, samples)).toBeGreaterThanOrEqual(least - 1e-9);
        }
      }),
    );
  });

  it('finds what makes spoken confidences true', () => {
    const { next: random } = createRandom(7);
    const truth = { slope: 0.6, offset: -0.4, samples: 0 };
    const samples = Array.from({ length: 20_000 }, () => {
      const confidence = 0.05 + 0.9 * random();
      return { confidence, cameTrue: random() < calibrate(truth, confidence) };
    });
    const fit = fitCalibration(samples);
    expect(fit.samples).toBe(20_000);
    expect(fit.slope).toBeCloseTo(0.6, 1);
    expect(fit.offset).toBeCloseTo(-0.4, 1);
  });

  it('lets overlapping outcomes count for less', () => {
    const samples = Array.from({ length: 30 }, () => ({ confidence: 0.8, cameTrue: false }));
    const [one, thirty] = [fitCalibration(samples.slice(0, 1)), fitCalibration(samples, 1 / 30)];
    expect(thirty.offset).toBeCloseTo(one.offset, 12);
    expect(fitCalibration(samples).offset).toBeLessThan(one.offset);
  });

  it('never says never', () => {
    const sure = Array.from({ length: 500 }, () => ({ confidence: 1, cameTrue: true }));
    const fit = fitCalibration(sure);
    for (const confidence of [0, 0.5, 1]) {
      expect(calibrate(fit, confidence)).toBeGreaterThan(0);
      expect(calibrate(fit, confidence)).toBeLessThan(1);
    }
  });
});

describe('the calibrator', () => {
  const shape = { refitEvery: 10, samplesMax: 40, sampleWeight: 1 };
  const lie = { confidence: 0.9, cameTrue: false };

  it('fits when enough outcomes have come, and not one before', () => {
    const calibrator = createCalibrator(shape);
    for (let at = 1; at <= 9; at++) calibrator.learn('up', lie, at);
    expect(calibrator.calibrate('up', 0.9, 9).samples).toBe(0);
    calibrator.learn('up', lie, 10);
    const { samples, probability } = calibrator.calibrate('up', 0.9, 10);
    expect(samples).toBe(10);
    expect(probability).toBeLessThan(calibrate(PRIOR_CALIBRATION, 0.9));
  });

  it('lets no later outcome speak', () => {
    const calibrator = createCalibrator(shape);
    for (let at = 1; at <= 10; at++) calibrator.learn('up', lie, at);
    const then = calibrator.calibrate('up', 0.9, 19);
    for (let at = 11; at <= 30; at++) calibrator.learn('up', { ...lie, cameTrue: true }, at);
    expect(calibrator.calibrate('up', 0.9, 19)).toEqual(then);
    expect(calibrator.calibrate('up', 0.9, 9).samples).toBe(0);
    expect(calibrator.calibrate('up', 0.9, 20).probability).toBeGreaterThan(then.probability);
  });

  it('keeps each direction apart, and forgets the oldest outcomes', () => {
    const calibrator = createCalibrator(shape);
    for (let at = 1; at <= 100; at++) calibrator.learn('down', lie, at);
    expect(calibrator.calibrate('up', 0.9, 100).samples).toBe(0);
    expect(calibrator.calibrate('down', 0.9, 100).samples).toBe(40);
  });
});
