import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { OvermindError } from '../../domain/shared/errors.ts';

export type PayloadCipher = {
  readonly seal: (plain: Uint8Array, about: string) => Buffer;
  /** Throws `payload/sealed` for another key, another `about`, and bytes that were changed. */
  readonly open: (sealed: Uint8Array, about: string) => Buffer;
};

type Key = { readonly id: Buffer; readonly secret: Buffer };

/** version (1) · key's id (4) · nonce (12) · ciphertext · tag (16) */
const VERSION = 1;
const [ID_BYTES, NONCE_BYTES, TAG_BYTES, KEY_BYTES] = [4, 12, 16, 32];
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES;

/**
 * AES-256-GCM. The first key seals, every key opens: a new one is put in front, the old one goes
 * when nothing sealed with it is left. `purpose` gives each use keys of its own (HKDF, RFC 5869), so
 * that nothing of one store opens in another. Nonces are drawn: 2^32 payloads a key are safe.
 */
export function createPayloadCipher(keys: readonly Buffer[], purpose: string): PayloadCipher {
  const derived = keys.map((key) => keyFor(key, purpose));
  const [sealing] = derived;
  const refuse = (about: string, fault: string): never => {
    throw new OvermindError('payload/sealed', { about, fault });
  };
  return {
    seal(plain, about) {
      if (!sealing) throw new Error('a cipher that seals has a key');
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(VERSION), sealing.id, nonce]);
      const cipher = createCipheriv('aes-256-gcm', sealing.secret, nonce);
      cipher.setAAD(Buffer.concat([head, Buffer.from(about, 'utf8')]));
      return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION) {
        return refuse(about, 'not a sealed payload of a known version');
      }
      const [head, id] = [bytes.subarray(0, HEAD_BYTES), bytes.subarray(1, 1 + ID_BYTES)];
      const key = derived.find((one) => one.id.equals(id));
      if (!key) {
        const known = derived.map((one) => one.id.toString('hex')).join(', ') || 'none';
        return refuse(
          about,
          `sealed with key ${id.toString('hex')}, OVERMIND_PAYLOAD_KEYS has ${known}`,
        );
      }
      const end = bytes.length - TAG_BYTES;
      const cipher = createDecipheriv('aes-256-gcm', key.secret, head.subarray(1 + ID_BYTES));
      cipher.setAAD(Buffer.concat([head, Buffer.from(about, 'utf8')]));
      cipher.setAuthTag(bytes.subarray(end));
      try {
        return Buffer.concat([cipher.update(bytes.subarray(HEAD_BYTES, end)), cipher.final()]);
      } catch {
        return refuse(about, 'changed, or of another place');
      }
    },
  };
}

function keyFor(key: Buffer, purpose: string): Key {
  const secret = Buffer.from(hkdfSync('sha256', key, '', `overmind ${purpose} v1`, KEY_BYTES));
  const id = createHash('sha256').update(secret).digest().subarray(0, ID_BYTES);
  return { id, secret };
}
