/** floor(√n), exact. Newton's iteration from above; `n` must not be negative. */
export function isqrt(n: bigint): bigint {
  if (n < 0n) throw new RangeError(`isqrt needs n >= 0, got ${n}`);
  if (n < 2n) return n;
  // A power of two at or above the root: Newton then only falls.
  let root = 1n << BigInt(n.toString(16).length * 2);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
