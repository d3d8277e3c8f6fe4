import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OPERATOR_NAME } from '../../domain/control/resume-statement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { readSecretFile } from './secret-file.ts';

const PUBLIC_ENDING = '.pub';
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * A new operator: the private key into a file of the operator's own, the public one into the folder
 * that the executor reads. Neither ever replaces a file. Answers with the public key, in hex.
 */
export function addOperator(operator: {
  readonly name: string;
  readonly folder: string;
  readonly keyFile: string;
}): string {
  const { name, folder, keyFile } = operator;
  if (!OPERATOR_NAME.test(name)) {
    const expected = 'lower-case letters, digits and dashes, 31 at most, a letter first';
    throw new OvermindError('input/invalid', { field: 'operator', got: name, expected });
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicHex = publicHexOf(publicKey);
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
  // The private one first: a public key that nobody can sign for would only mislead.
  writeNew(keyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 0o600);
  writeNew(join(folder, `${name}${PUBLIC_ENDING}`), `${publicHex}\n`, 0o644);
  return publicHex;
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const got = isThere ? `${path}, which exists` : `${path}, which cannot be written`;
    const expected = 'a file that does not exist yet';
    throw new OvermindError('input/invalid', { field: 'key file', got, expected }, { cause });
  }
}

/** Public keys by operator. What is no key of ours is passed over: it can only miss, never grant. */
export function readOperators(folder: string): ReadonlyMap<string, string> {
  const operators = new Map<string, string>();
  for (const file of namesIn(folder)) {
    const name = file.slice(0, -PUBLIC_ENDING.length);
    if (!file.endsWith(PUBLIC_ENDING) || !OPERATOR_NAME.test(name)) continue;
    const key = readFileSync(join(folder, file), 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(key)) operators.set(name, key);
  }
  return operators;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // No operator was ever added.
  }
}

/** Base64 of the Ed25519 signature. Refuses a key file that others may read. */
export function signAsOperator(keyFile: string, text: string): string {
  const pem = readSecretFile(keyFile, "operator's key file");
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    const faults = `operator's key file ${keyFile}: wants an Ed25519 key as PEM`;
    throw new OvermindError('config/invalid', { faults }, { cause });
  } finally {
    pem.fill(0);
  }
  return sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
}

export function verifyOperator(publicHex: string, text: string, signature: string): boolean {
  const der = Buffer.concat([SPKI_ED25519, Buffer.from(publicHex, 'hex')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64'));
}

const publicHexOf = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
