import { PublicKey } from '@solana/web3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase58, encodeBase58 } from '../../../domain/shared/base58.ts';

describe('base58', () => {
  it('gives back the bytes it was given, leading zeros too', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.uint8Array({ maxLength: 64 }), (zeros, tail) => {
        const bytes = Uint8Array.from([...new Uint8Array(zeros), ...tail]);
        expect(decodeBase58(encodeBase58(bytes), bytes.length)).toEqual(bytes);
      }),
    );
  });

  it('writes keys as web3.js does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(encodeBase58(key)).toBe(new PublicKey(key).toBase58());
      }),
    );
  });

  it.each([
    ['a letter that it does not have', '0OIl', 3],
    ['one byte too many', encodeBase58(new Uint8Array(33).fill(7)), 32],
    ['one byte too few', encodeBase58(new Uint8Array(31).fill(7)), 32],
    ['another spelling of zero', '11', 1],
    ['nothing where bytes are wanted', '', 1],
  ])('refuses %s', (_what, text, length) => {
    expect(decodeBase58(text, length)).toBeUndefined();
  });
});
