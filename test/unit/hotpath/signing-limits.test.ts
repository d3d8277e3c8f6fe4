import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permitIdOf } from '../../../domain/shared/ids.ts';
import { quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import { createSigningLimits, type SigningLimitValues } from '../../../hotpath/signing-limits.ts';
import { permitFor } from '../../support/permits.ts';

const MINUTE = 60_000;
/** So high that only what a test lowers can be met. */
const HIGH: SigningLimitValues = {
  signaturesPerMinuteMax: 1_000,
  buysPerMinuteMax: quoteUnits(10n ** 15n),
  inFlightMax: quoteUnits(10n ** 15n),
  repeatsMax: 1_000,
  repeatsWindowMs: MINUTE,
};

type Over = Parameters<typeof permitFor>[0];
let signals = 0;
/** Each of another signal unless the test names one. */
const entry = (over: Over = {}) =>
  permitFor({ id: permitIdOf(`run-SOL-USDC-x-${(signals += 1)}`, 'entry', 1), ...over });
const exit = (over: Over = {}) =>
  entry({ leg: 'exit', side: 'sell', reduceOnly: true, id: `run-x-${signals}/exit/1`, ...over });

type At = { readonly height: number; readonly lastValidHeight?: number };

/** Signs what the limits let pass, at monotonic times and heights that a test gives. */
function aSigner(over: Partial<SigningLimitValues> = {}) {
  const limits = createSigningLimits({ ...HIGH, ...over });
  return {
    limits,
    sign(permit = entry(), monotonicMs = 0, at: At = { height: 0 }) {
      const { height, lastValidHeight = height + 150 } = at;
      const broken = limits.brokenBy(permit, monotonicMs, height);
      if (broken === undefined) limits.record(permit, monotonicMs, lastValidHeight);
      return broken ?? 'signed';
    },
  };
}

const times = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('signatures in a minute', () => {
  it('are as many as allowed and not one more, until the first is a minute old', () => {
    const { sign } = aSigner({ signaturesPerMinuteMax: 3 });
    expect(times(4, (n) => sign(entry(), n * 100))).toEqual([
      ...times(3, () => 'signed'),
      'over-rate',
    ]);
    expect(sign(entry(), MINUTE - 1)).toBe('over-rate');
    expect(sign(entry(), MINUTE)).toBe('signed');
    expect(sign(entry(), MINUTE)).toBe('over-rate');
    expect(sign(entry(), MINUTE + 100)).toBe('signed');
  });

  it('leave an exit the room of as many again, and end there', () => {
    const { sign } = aSigner({ signaturesPerMinuteMax: 3 });
    times(3, () => sign());
    expect(sign()).toBe('over-rate');
    expect(times(4, () => sign(exit()))).toEqual([...times(3, () => 'signed'), 'over-rate']);
  });

  it.each([
    ['a buy that calls itself an exit', { side: 'buy' as const }],
    ['an exit that is not reduce-only', { reduceOnly: false }],
    ['an entry that calls itself reduce-only', { leg: 'entry' as const }],
  ])('give no room to %s', (_case, over) => {
    const { sign } = aSigner({ signaturesPerMinuteMax: 1 });
    sign();
    expect(sign(exit(over))).toBe('over-rate');
  });

  it('are counted only where one was made', () => {
    const { limits, sign } = aSigner({ signaturesPerMinuteMax: 1 });
    for (let look = 0; look < 10; look++) {
      expect(limits.brokenBy(entry(), 0, 0)).toBeUndefined();
    }
    expect(sign()).toBe('signed');
  });
});

describe('what buys put in', () => {
  const buy = (amount: bigint) => entry({ amountIn: tokenUnits(amount) });

  it('reaches the limit of a minute exactly, and is over it by one unit', () => {
    const { sign } = aSigner({ buysPerMinuteMax: quoteUnits(1_000n) });
    expect(sign(buy(400n), 999)).toBe('signed');
    expect(sign(buy(601n), 1_000)).toBe('over-rate');
    expect(sign(buy(600n), 1_000)).toBe('signed');
    expect(sign(buy(1n), 30_000)).toBe('over-rate');
    // The second in which it was signed must be over by a whole minute: 61 s at most, never 59.
    expect(sign(buy(1n), 60_999)).toBe('over-rate');
    expect(sign(buy(400n), 61_000)).toBe('signed');
    expect(sign(buy(1n), 61_999)).toBe('over-rate');
  });

  it('reaches the limit of what can land at once, until the chain is past the last of its blocks', () => {
    const { sign } = aSigner({ inFlightMax: quoteUnits(1_000n) });
    const at = (height: number, lastValidHeight: number) => ({ height, lastValidHeight });
    expect(sign(buy(300n), 0, at(100, 250))).toBe('signed');
    expect(sign(buy(701n), 0, at(101, 251))).toBe('over-in-flight');
    expect(sign(buy(700n), 0, at(101, 251))).toBe('signed');
    // Two minutes later, and yet it can still land: the clock alone frees nothing.
    expect(sign(buy(1n), 2 * MINUTE, at(250, 400))).toBe('over-in-flight');
    expect(sign(buy(300n), 2 * MINUTE, at(251, 401))).toBe('signed');
    expect(sign(buy(1n), 2 * MINUTE, at(251, 401))).toBe('over-in-flight');
    expect(sign(buy(700n), 2 * MINUTE, at(252, 402))).toBe('signed');
  });

  it('never keeps an exit from leaving, whatever it sells', () => {
    const none = quoteUnits(0n);
    const { sign } = aSigner({ buysPerMinuteMax: none, inFlightMax: none });
    expect(sign(buy(1n))).toBe('over-rate');
    expect(sign(exit({ amountIn: tokenUnits(2n ** 64n - 1n) }))).toBe('signed');
  });

  it('is never more than the limits in any minute or at any height, in any order', () => {
    const steps = fc.record({
      amount: fc.bigInt({ min: 1n, max: 400n }),
      pauseMs: fc.integer({ min: 0, max: 20_000 }),
      blocks: fc.integer({ min: 0, max: 90 }),
      life: fc.integer({ min: 20, max: 150 }),
    });
    let signed = 0;
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 60 }), (all) => {
        const { sign } = aSigner({
          buysPerMinuteMax: quoteUnits(1_000n),
          inFlightMax: quoteUnits(900n),
        });
        const done: { amount: bigint; atMs: number; until: number }[] = [];
        let atMs = 0;
        let height = 1_000;
        for (const { amount, pauseMs, blocks, life } of all) {
          atMs += pauseMs;
          height += blocks;
          const until = height + life;
          const said = sign(buy(amount), atMs, { height, lastValidHeight: until });
          if (said === 'signed') done.push({ amount, atMs, until });
          const sumOf = (which: (one: (typeof done)[number]) => boolean) =>
            done.filter(which).reduce((sum, one) => sum + one.amount, 0n);
          expect(sumOf((one) => one.atMs > atMs - MINUTE)).toBeLessThanOrEqual(1_000n);
          expect(sumOf((one) => one.until >= height)).toBeLessThanOrEqual(900n);
        }
        signed += done.length;
      }),
    );
    expect(signed).toBeGreaterThan(100);
  });

  it('counts for good when its blockhash outlives every known chain', () => {
    const { sign } = aSigner({ inFlightMax: quoteUnits(10n) });
    sign(buy(10n), 0, { height: 5, lastValidHeight: 100_000 });
    expect(sign(buy(1n), 0, { height: 1_000_000 })).toBe('over-in-flight');
  });
});

describe('repeated execution', () => {
  const FEW = { repeatsMax: 2, repeatsWindowMs: 5_000 };

  it('of one market and side stops at the limit, and goes on when the window has passed', () => {
    const { sign } = aSigner(FEW);
    expect(times(3, (n) => sign(entry(), n))).toEqual(['signed', 'signed', 'repeated']);
    expect(sign(entry(), 4_999)).toBe('repeated');
    expect(sign(entry(), 5_000)).toBe('signed');
    expect(sign(entry(), 5_000)).toBe('repeated');
  });

  it('is counted for each market and each side apart', () => {
    const { sign } = aSigner(FEW);
    times(2, () => sign());
    expect(sign()).toBe('repeated');
    expect(sign(entry({ market: 'BONK-USDC' }))).toBe('signed');
    expect(times(5, () => sign(exit()))).toEqual([...times(4, () => 'signed'), 'repeated']);
  });

  it('of one entry is refused whatever its attempt and however late, and an exit is tried again', () => {
    const { sign } = aSigner();
    const attempt = (leg: 'entry' | 'exit', n: number) => permitIdOf('run-1', leg, n);
    expect(sign(entry({ id: attempt('entry', 1) }), 0)).toBe('signed');
    expect(sign(entry({ id: attempt('entry', 2), attempt: 2 }), 100 * MINUTE)).toBe('repeated');
    expect(sign(exit({ id: attempt('exit', 1) }), 0)).toBe('signed');
    expect(sign(exit({ id: attempt('exit', 2), attempt: 2 }), 1)).toBe('signed');
  });

  it('of an entry that an earlier life has signed is refused', () => {
    const { limits, sign } = aSigner();
    limits.remember('run-1/entry/1');
    expect(sign(entry({ id: 'run-1/entry/2', attempt: 2 }))).toBe('repeated');
    expect(sign(entry({ id: 'run-11/entry/2', attempt: 2 }))).toBe('signed');
  });

  it('is remembered of the last 65,536 entries', () => {
    const { limits } = aSigner();
    const idOf = (n: number, attempt: number) =>
      permitIdOf(`run-SOL-USDC-b-${n}`, 'entry', attempt);
    const isKnown = (n: number, attempt: number) =>
      limits.brokenBy(entry({ id: idOf(n, attempt) }), 0, 0) === 'repeated';
    const last = 2 * 65_536;
    let mistaken = 0;
    for (let n = 0; n < last; n++) {
      if (isKnown(n, 1)) mistaken += 1;
      limits.remember(idOf(n, 1));
    }
    const known = times(65_536, (n) => isKnown(last - 1 - n, 2)).filter(Boolean).length;
    expect([mistaken, known]).toEqual([0, 65_536]);
  });
});
