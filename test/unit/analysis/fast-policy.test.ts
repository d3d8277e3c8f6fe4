import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIOR_CALIBRATION } from '../../../domain/analysis/platt.ts';
import { figuresOf } from '../../../domain/analysis/vote-figures.ts';
import { rankAmong } from '../../../domain/analysis/conviction.ts';
import { FAST_POLICY } from '../../../domain/analysis/fast-policy-settings.ts';
import { formOpinion } from '../../../domain/analysis/fast-policy.ts';
import { readNeighbours, weightsOf } from '../../../domain/analysis/read-neighbours.ts';
import type { MemoryFigures } from '../../../domain/analysis/scan-states.ts';
import type { Recall, RecalledState } from '../../../domain/analysis/state-memory.ts';

const MINUTE = 60_000;
const NOW = { marketTimeMs: 100_000 * MINUTE, intervalMs: MINUTE };

const aNeighbour = (over: Partial<RecalledState> = {}): RecalledState => ({
  marketTimeMs: NOW.marketTimeMs - 100 * MINUTE,
  squaredDistance: 1,
  outcomeBps: 20,
  ...over,
});
const figures: MemoryFigures = {
  size: 1_000,
  riseShare: 0.5,
  meanRiseBps: 20,
  meanFallBps: 20,
  meanMoveBps: 20,
  meanDistance: 4,
};
const aRecall = (over: Partial<Omit<Recall, 'figures'>> & { figures?: Partial<MemoryFigures> }) =>
  ({
    nearest: Array.from({ length: FAST_POLICY.neighbours }, () => aNeighbour()),
    distanceToMemory: 4,
    ...over,
    figures: { ...figures, ...over.figures },
  }) satisfies Recall;
const opine = (recall: Recall, earlier: readonly number[] = []) =>
  formOpinion({
    ...{ market: 'SOL-USDC', recall, earlier, ...NOW },
    calibrate: () => ({ ...PRIOR_CALIBRATION, samples: 900, probability: 0.62 }),
  });

describe('weights', () => {
  it('fall with distance and with age, and never leave 0 to 1', () => {
    const neighbour = fc.record({
      marketTimeMs: fc.integer({ min: 0, max: NOW.marketTimeMs }),
      squaredDistance: fc.double({ min: 0, max: 1e6, noNaN: true }),
      outcomeBps: fc.constant(0),
    });
    fc.assert(
      fc.property(fc.array(neighbour, { minLength: 2, maxLength: 15 }), (nearest) => {
        const weights = weightsOf(nearest, NOW);
        for (const [at, one] of nearest.entries()) {
          expect(weights[at]).toBeGreaterThanOrEqual(0);
          expect(weights[at]).toBeLessThanOrEqual(1);
          for (const [other, two] of nearest.entries()) {
            const nearer = one.squaredDistance <= two.squaredDistance;
            if (nearer && one.marketTimeMs >= two.marketTimeMs) {
              expect(weights[at]).toBeGreaterThanOrEqual(weights[other]!);
            }
          }
        }
      }),
    );
  });

  it('are exp(−d²/mean d²) · exp(−age/τ)', () => {
    const near = aNeighbour({ squaredDistance: 1, marketTimeMs: NOW.marketTimeMs });
    const old = aNeighbour({
      squaredDistance: 3,
      marketTimeMs: NOW.marketTimeMs - FAST_POLICY.fadingBars * MINUTE,
    });
    const [first, second] = weightsOf([near, old], NOW);
    expect(first).toBeCloseTo(Math.exp(-1 / 2), 12);
    expect(second).toBeCloseTo(Math.exp(-3 / 2 - 1), 12);
  });

  it('are all the same among equals at distance zero', () => {
    const equal = aNeighbour({ squaredDistance: 0, marketTimeMs: NOW.marketTimeMs });
    expect(weightsOf([equal, equal], NOW)).toEqual([1, 1]);
  });
});

describe('reading', () => {
  it('scores the weighted mean outcome in typical moves, within ±1', () => {
    const up = readNeighbours(aRecall({ figures: { meanMoveBps: 40 } }), NOW);
    expect(up).toMatchObject({ agreement: 1, known: true });
    expect(up.score).toBeCloseTo(0.5, 12);
    const far = readNeighbours(aRecall({ figures: { meanMoveBps: 1 } }), NOW);
    expect(far.score).toBe(1);
  });

  it('agrees by weight with those that went the way of the score', () => {
    const nearest = [aNeighbour({ outcomeBps: 30 }), aNeighbour({ outcomeBps: -10 })];
    const reading = readNeighbours(aRecall({ nearest }), NOW);
    expect(reading.agreement).toBeCloseTo(0.5, 12);
    expect(reading.strength).toBeCloseTo(0.25, 12);
  });

  it('turns with the outcomes: flipped signs flip the score and keep the strength', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 1 }), (outcomes) => {
        const [one, flipped] = [1, -1].map((sign) =>
          readNeighbours(
            aRecall({ nearest: outcomes.map((bps) => aNeighbour({ outcomeBps: sign * bps })) }),
            NOW,
          ),
        );
        expect(flipped!.score).toBeCloseTo(-one!.score, 12);
        expect(flipped!.strength).toBeCloseTo(one!.strength, 12);
      }),
    );
  });

  it.each([
    ['knows a state at the threshold', 3.2, 200, true],
    ['does not know one beyond it', 3.21, 200, false],
    ['does not know any below the minimum memory', 1, 199, false],
  ])('%s', (_rule, distance, size, known) => {
    const nearest = [aNeighbour({ squaredDistance: distance ** 2 })];
    // 3.2 of a mean distance of 4 is the 0.8 of the settings.
    expect(readNeighbours(aRecall({ nearest, figures: { size } }), NOW).known).toBe(known);
  });

  it('takes a state unlike a memory of one state for unknown', () => {
    const nearest = [aNeighbour({ squaredDistance: 1 })];
    expect(readNeighbours(aRecall({ nearest, figures: { meanDistance: 0 } }), NOW).known).toBe(
      false,
    );
  });
});

describe('conviction', () => {
  it('stays within 0 and 1 and rises with strength', () => {
    const strength = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(strength), strength, strength, (earlier, one, two) => {
        const [low, high] = [Math.min(one, two), Math.max(one, two)].map((value) =>
          rankAmong(value, earlier),
        );
        expect(low).toBeGreaterThan(0);
        expect(high).toBeLessThan(1);
        expect(high).toBeGreaterThanOrEqual(low!);
      }),
    );
  });

  it('is the middle while there is nothing to rank among', () => {
    expect(rankAmong(1, [])).toBe(0.5);
  });

  it('reaches 0.7 in about three of ten states', () => {
    const earlier = Array.from({ length: 500 }, (_, at) => at / 500);
    const convinced = earlier.filter((strength) => rankAmong(strength, earlier) >= 0.7);
    expect(convinced.length / 500).toBeCloseTo(0.29, 1);
  });
});

describe('figures of a vote', () => {
  const vote = { effectiveVotes: 10, riseShare: 1, meanRiseBps: 40, meanFallBps: 0 };

  it('are the memory where there are no votes', () => {
    const none = { effectiveVotes: 0, riseShare: 0, meanRiseBps: 0, meanFallBps: 0 };
    const calibrated = figuresOf(none, figures);
    expect(calibrated.rawProbability).toBeCloseTo(0.5, 12);
    expect(calibrated).toMatchObject({ averageWinBps: 20, averageLossBps: 20 });
  });

  it('shrink sizes, and leave the frequency to the calibration', () => {
    const { rawProbability, averageWinBps, averageLossBps } = figuresOf(vote, figures);
    expect(rawProbability).toBeCloseTo(11 / 12, 12);
    expect(averageWinBps).toBeCloseTo((40 * 10 + 20 * 50) / 60, 12);
    expect(averageLossBps).toBeCloseTo(20, 12); // None fell: nothing new about losses.
  });

  it('never make the other side impossible', () => {
    expect(figuresOf(vote, figures).rawProbability).toBeLessThan(1);
  });
});

describe('opinion', () => {
  it('says up, how sure and why', () => {
    const opinion = opine(aRecall({}), Array<number>(480).fill(0.1));
    expect(opinion).toMatchObject({
      direction: 'up',
      known: true,
      conviction: 0.98,
      score: 1,
      horizonMs: 30 * MINUTE,
      memorySize: 1_000,
      policyVersion: 'fast_v2',
    });
    expect(opinion.reasons).toEqual([
      '15 of 1000 past states are near; by weight 100 % of them rose within 30 min, +20 bps on average.',
      "A known state: neighbours lie at 0.25 of the memory's mean distance.",
      'Chance to rise 62 % (what 900 outcomes make of the neighbours’ 94 %), then 20 bps up or 20 bps down; a typical move is 20 bps.',
      'Strength 1.000 (100 % agree) ranks at 98 % among the last 480 states.',
    ]);
  });

  it('says down, and flat where the outcomes cancel out', () => {
    const down = aRecall({ nearest: [aNeighbour({ outcomeBps: -20 })] });
    expect(opine(down).direction).toBe('down');
    const nearest = [aNeighbour({ outcomeBps: 20 }), aNeighbour({ outcomeBps: -20 })];
    expect(opine(aRecall({ nearest })).direction).toBe('flat');
  });

  it('holds without direction and conviction in an unknown state', () => {
    const nearest = [aNeighbour({ squaredDistance: 100 })];
    const opinion = opine(aRecall({ nearest }), [0, 0, 0]);
    expect(opinion).toMatchObject({ known: false, direction: 'flat', conviction: 0 });
    expect(opinion.reasons[1]).toMatch(/^An unknown state: .* 2\.50 .* above 0\.8: hold\.$/);
  });

  it('holds while the memory is small, and says what it lacks', () => {
    expect(opine(aRecall({ nearest: [], figures: { size: 0 } })).reasons).toEqual([
      'No past state with a known outcome yet.',
      'Only 0 past states have a known outcome, 200 are needed: hold.',
    ]);
  });

  it('names each neighbour that voted and stays small', () => {
    const opinion = opine(aRecall({}));
    expect(opinion.neighbours).toHaveLength(15);
    expect(opinion.neighbours[0]).toEqual({
      id: `SOL-USDC@${NOW.marketTimeMs - 100 * MINUTE}`,
      distance: 1,
      weight: 0.0667,
      outcomeBps: 20,
    });
    expect(JSON.stringify(opinion).length).toBeLessThan(2_000);
  });
});
