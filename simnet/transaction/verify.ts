import { createPublicKey, verify } from 'node:crypto';
import { decodeBase58 } from '../../domain/shared/base58.ts';
import type { Transaction } from './message.ts';

/** Ed25519 key in SubjectPublicKeyInfo form: this prefix, then the 32 bytes. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Every signer's signature, over the message as it was sent. */
export function signaturesAreValid({ signatures, messageBytes, message }: Transaction): boolean {
  return signatures.every((signature, index) => {
    const signer = decodeBase58(message.staticKeys[index] ?? '', 32);
    if (!signer) return false;
    try {
      const key = createPublicKey({
        key: Buffer.concat([SPKI_PREFIX, signer]),
        format: 'der',
        type: 'spki',
      });
      return verify(null, messageBytes, key, signature);
    } catch {
      return false; // Not a point of the curve.
    }
  });
}
