import { z } from 'zod';
import { OvermindError } from '../../domain/shared/errors.ts';
import { readSecretFile } from './secret-file.ts';

const keypairSchema = z.array(z.number().int().min(0).max(255)).length(64);

/** 64 bytes, seed then public key, from a JSON array of numbers with mode 0600. */
export function readWalletFile(path: string): Buffer {
  const text = readSecretFile(path, 'wallet file');
  const parsed = keypairSchema.safeParse(parseJson(text.toString('utf8')));
  text.fill(0);
  if (parsed.success) return Buffer.from(parsed.data);
  throw new OvermindError('config/invalid', {
    faults: `wallet file ${path}: wants a JSON array of 64 bytes`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema says what was wanted, without showing a secret.
  }
}
