import { createHash } from 'node:crypto';
import { encodeBase58 } from '../domain/shared/base58.ts';

/** Fixed, and no public cluster's: paper mode tells simnet from a real cluster by it. */
export const SIMNET_GENESIS_HASH = encodeBase58(
  createHash('sha256').update('overmind simnet genesis').digest(),
);
