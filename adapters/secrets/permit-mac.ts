import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export type PermitMac = {
  /** Hex of HMAC-SHA256 over the exact bytes of `p`. */
  sign(p: string): string;
  verify(p: string, m: string): boolean;
};

const HEX_SHA256 = /^[0-9a-f]{64}$/;

export function createPermitMac(key: Buffer): PermitMac {
  // Prepared once: from bytes, every MAC would make the key anew.
  const prepared = createSecretKey(key);
  const digest = (p: string): Buffer => createHmac('sha256', prepared).update(p, 'utf8').digest();
  return {
    sign: (p) => digest(p).toString('hex'),
    verify: (p, m) => HEX_SHA256.test(m) && timingSafeEqual(digest(p), Buffer.from(m, 'hex')),
  };
}
