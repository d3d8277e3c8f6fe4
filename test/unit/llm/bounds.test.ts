import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../../adapters/llm/answer-cache.ts';
import { createDailySpend } from '../../../adapters/llm/daily-spend.ts';
import { createHedgeRule } from '../../../adapters/llm/hedge-rule.ts';
import { createRequestLimit } from '../../../adapters/llm/request-limit.ts';
import { anEmptyStore } from '../../support/overlays.ts';

describe('what is bounded', () => {
  it('keeps a thousand answers, the newest', () => {
    const cache = createAnswerCache<number>();
    for (let index = 0; index < 1_001; index += 1) cache.keep(String(index), index);
    expect(cache.find('0')).toBeUndefined();
    expect(cache.find('1')).toBe(1);
    expect(cache.find('1000')).toBe(1_000);
  });

  it('passes the day’s cap with no reservations beside each other', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 30 }), (costs) => {
        const spend = createDailySpend(1_000, anEmptyStore());
        const all = costs.map((cost) => spend.reserve(cost, 0));
        expect(spend.spentMicroUsd(0)).toBeLessThanOrEqual(1_000);
        all.forEach((one) => one && spend.settle(one, Math.floor(one.microUsd / 2), 0));
        expect(spend.spentMicroUsd(0)).toBeLessThanOrEqual(500);
      }),
    );
  });

  it('settles nothing of yesterday into today, and gives nothing again for a clock set back', () => {
    const spend = createDailySpend(1_000, anEmptyStore());
    const reserved = spend.reserve(900, 0);
    expect(spend.reserve(200, 86_400_000)).toBeDefined();
    if (reserved) spend.settle(reserved, 0, 86_400_000);
    expect(spend.spentMicroUsd(86_400_000)).toBe(200);
    expect(spend.spentMicroUsd(0)).toBe(200);
  });

  it('allows no minute more requests than its limit', () => {
    const steps = fc.array(fc.nat(20_000), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (perMinute, gaps) => {
        const limit = createRequestLimit(perMinute);
        const taken: number[] = [];
        let nowMs = 1_000_000;
        for (const gap of gaps) {
          nowMs += gap;
          if (!limit.take(nowMs)) continue;
          taken.push(nowMs);
          const inMinute = taken.filter((ms) => ms > nowMs - 60_000).length;
          expect(inMinute).toBeLessThanOrEqual(perMinute);
        }
      }),
    );
  });

  it('hedges at the ninth tenth of what it has seen, and a tenth of all questions', () => {
    const rule = createHedgeRule(1_800);
    expect(rule.afterMs()).toBe(900);
    for (let ms = 1; ms <= 100; ms += 1) rule.observe(ms);
    expect(rule.afterMs()).toBe(94); // Of the last 64: 37 to 100.
    let hedges = 0;
    for (let question = 0; question < 1_000; question += 1) {
      rule.afterMs();
      if (rule.mayHedge()) hedges += 1;
    }
    expect(hedges).toBeGreaterThanOrEqual(100);
    expect(hedges).toBeLessThanOrEqual(102);
  });
});
