import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { decodePermit, encodePermit, routeNamedBy } from '../../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import { permitIdOf } from '../../../domain/shared/ids.ts';
import { lamports, tokenUnits } from '../../../domain/shared/units.ts';

const WALLET = '7JuwJuNU88gurFnyWeiyGKbFmExMWcmRZntn9imEzdny';
const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const key = fc.constantFrom(WALLET, 'So11111111111111111111111111111111111111112');

const permits: fc.Arbitrary<PermitFields> = fc
  .record({
    leg: fc.constantFrom('entry' as const, 'exit' as const),
    attempt: fc.integer({ min: 1, max: 99_999 }),
    wallet: key,
    market: fc.stringMatching(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    mintIn: key,
    mintOut: key,
    amountIn: amount.map(tokenUnits),
    minAmountOut: amount.map(tokenUnits),
    feeMax: amount.map(lamports),
    tipMax: amount.map(lamports),
    route: fc.constantFrom('protected' as const, 'fast' as const),
    reduceOnly: fc.boolean(),
    flattenOf: fc.option(whole, { nil: undefined }),
    issuedAtMs: whole,
    validUntilMs: whole,
    validUntilHeight: whole,
    executorEpoch: whole,
    haltEpoch: whole,
  })
  .map((fields) => ({
    id: permitIdOf('run1-SOL-USDC-breakout-1700000000000', fields.leg, fields.attempt),
    ...fields,
  }));

const sample = (): string => {
  const [fields] = fc.sample(permits, { numRuns: 1, seed: 7 });
  if (!fields) throw new Error('one was asked for');
  return encodePermit(fields);
};

describe('permit wire text', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(permits, (fields) => {
        expect(decodePermit(encodePermit(fields))).toEqual(fields);
      }),
    );
  });

  it('has one spelling: what decodes encodes to the same text', () => {
    fc.assert(
      fc.property(
        permits,
        fc.nat(400),
        fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
        (fields, at, character) => {
          const p = encodePermit(fields);
          const changed = p.slice(0, at) + character + p.slice(at + 1);
          let decoded: PermitFields;
          try {
            decoded = decodePermit(changed);
          } catch (error) {
            expect(error).toMatchObject({ code: 'permit/unreadable' });
            return;
          }
          expect(encodePermit(decoded)).toBe(changed);
        },
      ),
    );
  });

  it.each([
    ['another version', 0, 'v2'],
    ['an id of another leg or attempt', 3, '77'],
    ['a leading zero', 9, '007'],
    ['one above u64', 9, (2n ** 64n).toString()],
    ['a negative amount', 10, '-1'],
    ['an unsafe integer', 16, '9007199254740993'],
    ['an unknown route', 13, 'slow'],
    ['a word for a flag', 14, 'true'],
    ['a key that is not base58', 4, '0'.repeat(40)],
  ])('refuses %s', (_case, index, text) => {
    const parts = sample().split('|');
    parts[index] = text;
    expect(() => decodePermit(parts.join('|'))).toThrow(/permit\/unreadable/);
  });

  it('refuses a part too few, a part too many and a text that never ends', () => {
    const p = sample();
    expect(() => decodePermit(p.slice(0, p.lastIndexOf('|')))).toThrow(/20 parts/);
    expect(() => decodePermit(`${p}|0`)).toThrow(/22 parts/);
    expect(() => decodePermit(p + '0'.repeat(1_024))).toThrow(/longer/);
  });
});

describe('permit MAC', () => {
  const mac = createPermitMac(Buffer.alloc(32, 1));

  it('accepts its own and refuses every other text, key and form', () => {
    const p = sample();
    const m = mac.sign(p);
    expect(mac.verify(p, m)).toBe(true);
    expect(mac.verify(`${p} `, m)).toBe(false);
    expect(mac.verify(p, m.toUpperCase())).toBe(false);
    expect(mac.verify(p, m.slice(2))).toBe(false);
    expect(mac.verify(p, '')).toBe(false);
    expect(createPermitMac(Buffer.alloc(32, 2)).verify(p, m)).toBe(false);
  });

  it('names the route of every permit without reading the rest', () => {
    fc.assert(
      fc.property(permits, (permit) => {
        expect(routeNamedBy(encodePermit(permit))).toBe(permit.route);
      }),
    );
  });

  it.each(['', 'v1|x', '|'.repeat(30), `${'|'.repeat(13)}slow|`, `${'|'.repeat(13)}fast`])(
    'names no route of %j',
    (text) => {
      expect(routeNamedBy(text)).toBeUndefined();
    },
  );
});
