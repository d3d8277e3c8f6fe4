import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPayloadCipher } from '../../../adapters/payloads/payload-cipher.ts';

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];
const cipher = createPayloadCipher([NEW], 'test');
const TEXT = Buffer.from('buy 3 SOL');
const refused = (fault: RegExp) =>
  expect.objectContaining({
    code: 'payload/sealed',
    context: { about: 'here', fault: expect.stringMatching(fault) },
  });

describe('a sealed payload', () => {
  it('opens to the very bytes, and says nothing of them before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.string(), (bytes, about) => {
        const sealed = cipher.seal(bytes, about);
        expect(Buffer.compare(cipher.open(sealed, about), bytes)).toBe(0);
        if (bytes.length >= 8) expect(sealed.includes(Buffer.from(bytes))).toBe(false);
      }),
    );
  });

  it('is another one each time', () => {
    expect(cipher.seal(TEXT, 'here').equals(cipher.seal(TEXT, 'here'))).toBe(false);
  });

  it('is refused with any bit changed, wherever', () => {
    const sealed = cipher.seal(TEXT, 'here');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => cipher.open(changed, 'here')).toThrow(refused(/./));
    }
  });

  it.each([0, 1, 17, 32])('is refused when only %i bytes of it are there', (bytes) => {
    const cut = cipher.seal(TEXT, 'here').subarray(0, bytes);
    expect(() => cipher.open(cut, 'here')).toThrow(refused(/not a sealed payload/));
  });

  it('is refused in another place, and by the same key for another purpose', () => {
    const sealed = cipher.seal(TEXT, 'there');
    expect(() => cipher.open(sealed, 'here')).toThrow(refused(/changed, or of another place/));
    const other = createPayloadCipher([NEW], 'other');
    expect(() => other.open(cipher.seal(TEXT, 'here'), 'here')).toThrow(refused(/sealed with key/));
  });

  it('of an old key opens while that key stands behind the new one, and not after it is gone', () => {
    const sealed = createPayloadCipher([OLD], 'test').seal(TEXT, 'here');
    const both = createPayloadCipher([NEW, OLD], 'test');
    expect(both.open(sealed, 'here').equals(TEXT)).toBe(true);
    expect(() => cipher.open(sealed, 'here')).toThrow(
      refused(/sealed with key [0-9a-f]{8}, OVERMIND_PAYLOAD_KEYS has/),
    );
    expect(cipher.open(both.seal(TEXT, 'here'), 'here').equals(TEXT)).toBe(true);
  });
});
