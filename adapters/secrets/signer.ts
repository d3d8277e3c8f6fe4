import {
  createPrivateKey,
  createPublicKey,
  sign as signWithNode,
  type KeyObject,
} from 'node:crypto';
import sodium from 'sodium-native';
import { OvermindError } from '../../domain/shared/errors.ts';
import { allocateLocked } from './locked-memory.ts';

export type Signer = {
  readonly publicKey: Uint8Array;
  readonly engine: 'sodium' | 'node';
  /** Writes the 64 bytes of the Ed25519 signature of `message` into `into`. */
  sign(message: Buffer, into: Buffer): void;
};

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Takes the 64-byte keypair over and wipes it. The public half is checked against the seed. `sodium`
 * keeps the secret in locked memory alone; `node` is the weaker fallback, whose copy lies in
 * OpenSSL's ordinary memory, where a core dump or the swap would find it.
 */
export function createSigner(keypair: Buffer, engine: 'sodium' | 'node' = 'sodium'): Signer {
  try {
    return engine === 'sodium' ? createSodiumSigner(keypair) : createNodeSigner(keypair);
  } finally {
    keypair.fill(0);
  }
}

function createSodiumSigner(keypair: Buffer): Signer {
  const secret = allocateLocked(64);
  const publicKey = Buffer.alloc(32);
  sodium.crypto_sign_seed_keypair(publicKey, secret, keypair.subarray(0, 32));
  checkPublicHalf(keypair, publicKey);
  sodium.sodium_mprotect_readonly(secret);
  return {
    publicKey,
    engine: 'sodium',
    sign: (message, into) => sodium.crypto_sign_detached(into, message, secret),
  };
}

function createNodeSigner(keypair: Buffer): Signer {
  const key = privateKeyOf(keypair.subarray(0, 32));
  const publicKey = Buffer.from(
    createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32),
  );
  checkPublicHalf(keypair, publicKey);
  return {
    publicKey,
    engine: 'node',
    sign: (message, into) => void signWithNode(null, message, key).copy(into),
  };
}

function checkPublicHalf(keypair: Buffer, publicKey: Buffer): void {
  if (publicKey.equals(keypair.subarray(32))) return;
  throw new OvermindError('config/invalid', {
    faults: 'wallet file: the public half does not belong to the secret half',
  });
}

function privateKeyOf(seed: Buffer): KeyObject {
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}
