import { describe, expect, it } from 'vitest';
import { planExits } from '../../../domain/decision/exit-plan.ts';

const plan = (typicalMoveBps: number, oneWayCostBps = 0) =>
  planExits({ typicalMoveBps, oneWayCostBps, horizonMs: 3_600_000 });

describe('the plan of exits', () => {
  it('is as wide as the market moves, costs of one way on top', () => {
    expect(plan(100, 30)).toEqual({ stopLoss: 180, takeProfit: 130, timeExitMs: 3_600_000 });
  });
  it.each([
    ['never nearer than noise', 0, { stopLoss: 20, takeProfit: 20 }],
    ['never too far to protect', 1e9, { stopLoss: 1_000, takeProfit: 2_000 }],
  ])('is %s', (_rule, move, exits) => {
    expect(plan(move)).toMatchObject(exits);
  });
});
