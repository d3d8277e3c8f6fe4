import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';

describe('the MAC of a permit', () => {
  it("is HMAC-SHA256 as OpenSSL's own, of any key and text", () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(key, fc.string({ maxLength: 1_300, unit: 'binary' }), (bytes, text) => {
        fc.pre(Buffer.byteLength(text) <= 4_096);
        const expected = createHmac('sha256', bytes).update(text, 'utf8').digest('hex');
        const mac = createPermitMac(bytes);
        expect(mac.sign(text)).toBe(expected);
        expect(mac.verify(text, expected)).toBe(true);
      }),
    );
  });

  it('is that of RFC 4231, test case 2', () => {
    const mac = createPermitMac(Buffer.from('Jefe'));
    expect(mac.sign('what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('remembers nothing of the text before', () => {
    const mac = createPermitMac(Buffer.alloc(32, 7));
    const before = mac.sign('short');
    mac.sign('a much longer text than the one before');
    expect(mac.sign('short')).toBe(before);
  });

  it('refuses one changed character of text or MAC, and what is no MAC', () => {
    const mac = createPermitMac(Buffer.alloc(32, 7));
    const m = mac.sign('v1|permit');
    expect(mac.verify('v1|permiu', m)).toBe(false);
    expect(mac.verify('v1|permit', `${m.slice(0, -1)}${m.endsWith('0') ? '1' : '0'}`)).toBe(false);
    for (const none of ['', m.slice(1), `${m}0`, m.toUpperCase()]) {
      expect(mac.verify('v1|permit', none)).toBe(false);
    }
  });

  it('takes a text of 4,096 bytes and refuses one of 4,097', () => {
    const mac = createPermitMac(Buffer.alloc(32, 7));
    const [longest, tooLong] = ['€'.repeat(1_365) + 'a', '€'.repeat(1_365) + 'ab'];
    expect(mac.verify(longest, mac.sign(longest))).toBe(true);
    expect(() => mac.sign(tooLong)).toThrow('4096 bytes');
    expect(mac.verify(tooLong, '0'.repeat(64))).toBe(false);
  });
});
