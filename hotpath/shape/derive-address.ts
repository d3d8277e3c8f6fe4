import { createHash } from 'node:crypto';
import { decodeBase58, encodeBase58 } from '../../domain/shared/base58.ts';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL';
const SEED_MARK = Buffer.from('ProgramDerivedAddress', 'utf8');

/** Field and curve constant of Ed25519. */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** The token account that belongs to owner and mint. */
export function tokenAccountOf(owner: string, mint: string): string {
  return derivedAddress(ASSOCIATED_TOKEN_PROGRAM, [
    keyBytes(owner),
    keyBytes(TOKEN_PROGRAM),
    keyBytes(mint),
  ]);
}

/**
 * The program's address for these seeds: the first hash, counted down from bump 255, that is no
 * point of the curve, so that no key can sign for it. Written again here, and not taken from the
 * encoder's library, because it is what tells our token accounts from anybody else's.
 */
export function derivedAddress(program: string, seeds: readonly Uint8Array[]): string {
  for (let bump = 255; bump >= 0; bump--) {
    const hash = createHash('sha256');
    for (const seed of seeds) hash.update(seed);
    hash.update(Uint8Array.of(bump)).update(keyBytes(program)).update(SEED_MARK);
    const address = hash.digest();
    if (!isOnCurve(address)) return encodeBase58(address);
  }
  throw new Error(`no address of ${program} for these seeds`);
}

export function keyBytes(address: string): Uint8Array {
  const bytes = decodeBase58(address, 32);
  if (!bytes) throw new Error(`${address} is no public key`);
  return bytes;
}

/**
 * x² = (y² − 1) / (dy² + 1) has a root. Slow, and for a few addresses at start only. As the chain
 * has it, y is taken modulo p, and x = 0 counts whatever its sign bit says.
 */
function isOnCurve(bytes: Uint8Array): boolean {
  let y = 0n;
  for (let at = 31; at >= 0; at--) y = (y << 8n) | BigInt(bytes[at] ?? 0);
  y &= 2n ** 255n - 1n;
  const square = (y * y) % P;
  // u / v is a square exactly when u · v is one, and v is never 0 on this curve.
  const product = ((square - 1n + P) * (D * square + 1n)) % P;
  return product === 0n || power(product, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
