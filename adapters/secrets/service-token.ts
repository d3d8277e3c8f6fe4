import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The id finds the row, the rest is the secret. */
const TOKEN = /^ovm_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

export type NewServiceToken = {
  readonly id: string;
  /** Shown once. */
  readonly token: string;
  readonly hash: Buffer;
};

export function makeServiceToken(): NewServiceToken {
  const id = randomBytes(8).toString('hex');
  const token = `ovm_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: hashOf(token) };
}

/** Undefined for what no token of ours looks like. */
export const serviceTokenIdOf = (token: string): string | undefined => TOKEN.exec(token)?.[1];

/** Compared by hashes of one length, in the same time wherever they differ. */
export function isServiceToken(token: string, hash: Buffer): boolean {
  const given = hashOf(token);
  return given.length === hash.length && timingSafeEqual(given, hash);
}

// No salt and no slow hash: 256 random bits cannot be guessed.
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
