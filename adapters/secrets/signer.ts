import {
  createPrivateKey,
  createPublicKey,
  sign as signWithNode,
  type KeyObject,
} from 'node:crypto';
import sodium from 'sodium-native';
import { OvermindError } from '../../domain/shared/errors.ts';

export type Signer = {
  readonly publicKey: Uint8Array;
  readonly engine: 'sodium' | 'node';
  /** Writes the 64 bytes of the Ed25519 signature of `message` into `into`. */
  sign(message: Buffer, into: Buffer): void;
};

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Takes the 64-byte keypair over and wipes it. The public half is checked against the seed. */
export function createSigner(keypair: Buffer, engine: 'sodium' | 'node' = 'sodium'): Signer {
  const key = privateKeyOf(keypair.subarray(0, 32));
  const publicKey = Buffer.from(
    createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32),
  );
  if (!publicKey.equals(keypair.subarray(32))) {
    throw new OvermindError('config/invalid', {
      faults: 'wallet file: the public half does not belong to the secret half',
    });
  }
  if (engine === 'node') {
    keypair.fill(0);
    return {
      publicKey,
      engine,
      sign: (message, into) => void signWithNode(null, message, key).copy(into),
    };
  }
  // Memory that is locked, guarded and never swapped out.
  const secret = sodium.sodium_malloc(64);
  keypair.copy(secret);
  keypair.fill(0);
  return {
    publicKey,
    engine,
    sign: (message, into) => sodium.crypto_sign_detached(into, message, secret),
  };
}

function privateKeyOf(seed: Buffer): KeyObject {
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}
