import { OvermindError } from '../../domain/shared/errors.ts';
import { readSecretFile } from './secret-file.ts';

/** 32 bytes or more, from one line of hex with mode 0600. */
export function readPermitKeyFile(path: string): Buffer {
  const text = readSecretFile(path, 'permit key file').toString('utf8').trim();
  if (/^([0-9a-f]{2}){32,128}$/.test(text)) return Buffer.from(text, 'hex');
  throw new OvermindError('config/invalid', {
    faults: `permit key file ${path}: wants at least 32 bytes as one line of lower-case hex`,
  });
}
