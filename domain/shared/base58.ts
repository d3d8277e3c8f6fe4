const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Five digits at a time: a remainder below 58^5 and 16 more bits stay exact in a double. */
const CHUNK_DIGITS = 5;
const CHUNK = 58 ** CHUNK_DIGITS;

/** Long division of 16-bit limbs. Not BigInt: the hot path would collect its garbage. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  const limbs: number[] = [];
  // An odd byte count begins with half a limb.
  for (let at = zeros - ((bytes.length - zeros) & 1); at < bytes.length; at += 2) {
    limbs.push((at < zeros ? 0 : (bytes[at] ?? 0)) * 256 + (bytes[at + 1] ?? 0));
  }

  let text = '';
  for (let first = 0; first < limbs.length;) {
    let remainder = 0;
    for (let at = first; at < limbs.length; at++) {
      const value = remainder * 65_536 + (limbs[at] ?? 0);
      const quotient = Math.floor(value / CHUNK);
      limbs[at] = quotient;
      remainder = value - quotient * CHUNK;
    }
    while (first < limbs.length && limbs[first] === 0) first += 1;
    const isLast = first === limbs.length;
    for (let digit = 0; digit < CHUNK_DIGITS && !(isLast && remainder === 0); digit++) {
      text = ALPHABET.charAt(remainder % 58) + text;
      remainder = Math.floor(remainder / 58);
    }
  }
  return '1'.repeat(zeros) + text;
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
