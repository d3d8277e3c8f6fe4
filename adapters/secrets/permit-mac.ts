import { hash, timingSafeEqual } from 'node:crypto';

export type PermitMac = {
  /** Hex of HMAC-SHA256 over the exact bytes of `p`. */
  sign(p: string): string;
  verify(p: string, m: string): boolean;
};

const HEX_SHA256 = /^[0-9a-f]{64}$/;
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Longest `p` in bytes; the codec refuses what is longer than a third of it. */
const TEXT_BYTES_MAX = 4_096;

/**
 * HMAC of RFC 2104 over the one-shot hash: the key's two blocks are prepared, and no native object
 * is made for a permit, which costs the path more than the hashing does.
 */
export function createPermitMac(key: Buffer): PermitMac {
  const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES_MAX);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);
  const block = key.length > BLOCK_BYTES ? Buffer.from(hash('sha256', key, 'hex'), 'hex') : key;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    inner[at] = (block[at] ?? 0) ^ 0x36;
    outer[at] = (block[at] ?? 0) ^ 0x5c;
  }
  const [expected, given] = [Buffer.alloc(2 * HASH_BYTES), Buffer.alloc(2 * HASH_BYTES)];

  const digest = (p: string): string => {
    const end = BLOCK_BYTES + inner.write(p, BLOCK_BYTES, 'utf8');
    outer.write(hash('sha256', inner.subarray(0, end), 'hex'), BLOCK_BYTES, 'hex');
    return hash('sha256', outer, 'hex');
  };
  const isTooLong = (p: string): boolean =>
    p.length > TEXT_BYTES_MAX / 3 && Buffer.byteLength(p) > TEXT_BYTES_MAX;

  return {
    sign(p) {
      if (isTooLong(p)) throw new RangeError(`permit of more than ${TEXT_BYTES_MAX} bytes`);
      return digest(p);
    },
    verify(p, m) {
      if (isTooLong(p) || !HEX_SHA256.test(m)) return false;
      expected.write(digest(p), 'latin1');
      given.write(m, 'latin1');
      return timingSafeEqual(expected, given);
    },
  };
}
