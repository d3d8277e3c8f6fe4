const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Ten base58 digits fit in 2^59: fewer BigInt divisions than one digit at a time. */
const CHUNK = 58n ** 10n;

export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);

  let text = '';
  while (value > 0n) {
    let chunk = value % CHUNK;
    value /= CHUNK;
    for (let digit = 0; digit < 10 && (value > 0n || chunk > 0n); digit++) {
      text = ALPHABET.charAt(Number(chunk % 58n)) + text;
      chunk /= 58n;
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
