import { OvermindError } from '../../domain/shared/errors.ts';
import { allocateLocked } from './locked-memory.ts';
import { readSecretFile } from './secret-file.ts';

const KEYPAIR_BYTES = 64;

/**
 * 64 bytes in locked memory, seed then public key, from a JSON array of numbers with mode 0600. The
 * text is read into locked memory too and taken apart there: as a string or an array of numbers,
 * the seed would stay in JavaScript's heap, which nobody can wipe.
 */
export function readWalletFile(path: string): Buffer {
  const text = readSecretFile(path, 'wallet file', allocateLocked);
  const keypair = allocateLocked(KEYPAIR_BYTES);
  const isKeypair = parseByteArray(text, keypair);
  text.fill(0);
  if (isKeypair) return keypair;
  keypair.fill(0);
  throw new OvermindError('config/invalid', {
    faults: `wallet file ${path}: wants a JSON array of 64 bytes`,
  });
}

const SPACES = [0x20, 0x09, 0x0a, 0x0d]; // What JSON allows between its parts.
const [BRACKET, COMMA, END_BRACKET, ZERO, NINE] = [0x5b, 0x2c, 0x5d, 0x30, 0x39];

/** Whether `text` is a JSON array of exactly as many whole numbers from 0 to 255 as `into` holds. */
function parseByteArray(text: Buffer, into: Buffer): boolean {
  let at = 0;
  const skipSpaces = (): void => {
    while (SPACES.includes(text[at] ?? 0)) at += 1;
  };
  const take = (character: number): boolean => {
    skipSpaces();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const isDigit = (): boolean => {
    const character = text[at] ?? 0;
    return character >= ZERO && character <= NINE;
  };
  /** Into its place at once; False for what is no byte. */
  const takeByte = (place: number): boolean => {
    skipSpaces();
    const begin = at;
    let value = 0;
    for (; isDigit() && at - begin < 3; at++) value = value * 10 + (text[at] ?? 0) - ZERO;
    const hasLeadingZero = text[begin] === ZERO && at - begin > 1;
    if (at === begin || hasLeadingZero || value > 255) return false;
    into[place] = value;
    return true;
  };

  if (!take(BRACKET)) return false;
  for (let place = 0; place < into.length; place++) {
    if (place > 0 && !take(COMMA)) return false;
    if (!takeByte(place)) return false;
  }
  if (!take(END_BRACKET)) return false;
  skipSpaces();
  return at === text.length;
}
