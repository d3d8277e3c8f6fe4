const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Five digits at a time: a remainder below 58^5 and 16 more bits stay exact in a double. */
const CHUNK_DIGITS = 5;
const CHUNK = 58 ** CHUNK_DIGITS;

const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const ONE = 0x31;

/** Of what is encoded all the time, signatures and keys: the same memory each time. */
const SMALL_BYTES = 64;
const smallLimbs = new Uint16Array(SMALL_BYTES / 2);
const smallDigits = new Uint8Array(digitsMax(SMALL_BYTES));

/** log 256 / log 58, and one for what is cut off. */
function digitsMax(bytes: number): number {
  return Math.ceil(bytes * 1.3658) + 1;
}

/**
 * Long division of 16-bit limbs. Not BigInt, and one text at the end instead of one a digit: the hot
 * path would collect their garbage.
 */
export function encodeBase58(bytes: Uint8Array): string {
  const { length } = bytes;
  const isSmall = length <= SMALL_BYTES;
  const limbs = isSmall ? smallLimbs : new Uint16Array((length + 1) >> 1);
  const digits = isSmall ? smallDigits : new Uint8Array(digitsMax(length));
  let zeros = 0;
  while (zeros < length && bytes[zeros] === 0) zeros += 1;
  let count = 0;
  // An odd byte count begins with half a limb.
  for (let at = zeros - ((length - zeros) & 1); at < length; at += 2) {
    limbs[count] = (at < zeros ? 0 : (bytes[at] ?? 0)) * 256 + (bytes[at + 1] ?? 0);
    count += 1;
  }

  let begin = digits.length;
  for (let first = 0; first < count;) {
    let remainder = 0;
    for (let at = first; at < count; at++) {
      const value = remainder * 65_536 + (limbs[at] ?? 0);
      const quotient = Math.floor(value / CHUNK);
      limbs[at] = quotient;
      remainder = value - quotient * CHUNK;
    }
    while (first < count && limbs[first] === 0) first += 1;
    const isLast = first === count;
    for (let digit = 0; digit < CHUNK_DIGITS && !(isLast && remainder === 0); digit++) {
      digits[(begin -= 1)] = CODES[remainder % 58] ?? 0;
      remainder = Math.floor(remainder / 58);
    }
  }
  for (let zero = 0; zero < zeros; zero += 1) digits[(begin -= 1)] = ONE;
  // `apply` takes any list of numbers, and needs a third of what a spread does.
  return String.fromCharCode.apply(undefined, digits.subarray(begin) as unknown as number[]);
}

/** Undefined for text that is no base58 or does not hold exactly `length` bytes. */
export function decodeBase58(text: string, length: number): Uint8Array | undefined {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const bytes = new Uint8Array(length);
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(value & 0xffn);
    value >>= 8n;
  }
  return value === 0n && encodeBase58(bytes) === text ? bytes : undefined;
}
