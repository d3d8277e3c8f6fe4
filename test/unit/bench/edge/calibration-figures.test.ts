import { describe, expect, it } from 'vitest';
import { calibrationOf } from '../../../../bench/edge/calibration-figures.ts';

const said = (probability: number, outcomes: string) =>
  outcomes.split('').map((letter) => ({ probability, rose: letter === '+' }));

describe('calibration', () => {
  it('gives no skill to the base rate itself, and no error either', () => {
    const { brier, baseBrier, skill, ece, baseRate } = calibrationOf(said(0.25, '+---'));
    expect([brier, baseBrier, skill, ece, baseRate]).toEqual([0.1875, 0.1875, 0, 0, 0.25]);
  });

  it('gives skill 1 to who is always right and certain', () => {
    const { skill, brier } = calibrationOf([...said(1, '++'), ...said(0, '--')]);
    expect([skill, brier]).toEqual([1, 0]);
  });

  it('punishes certainty that is wrong', () => {
    expect(calibrationOf([...said(0.9, '-'), ...said(0.1, '+')]).skill).toBeLessThan(0);
  });

  it('puts a probability of 1 into the last bin and weighs bins by their states', () => {
    const { bins, ece } = calibrationOf([...said(1, '+'), ...said(0.95, '-'), ...said(0.05, '--')]);
    expect(bins.map(({ count, risen }) => [count, risen])).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(ece).toBeCloseTo((2 * 0.05 + 2 * 0.475) / 4);
  });
});
