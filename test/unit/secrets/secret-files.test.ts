import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readPermitKeyFile } from '../../../adapters/secrets/permit-key-file.ts';
import { readWalletFile } from '../../../adapters/secrets/wallet-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string, mode = 0o600): string {
  files += 1;
  const path = join(folder, `${files}-${mode}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const numbers = JSON.stringify(Array.from({ length: 64 }, (_, n) => n));

describe('secret files', () => {
  it('are read when only their owner can', () => {
    expect(readWalletFile(file(numbers))).toHaveLength(64);
    expect(readPermitKeyFile(file('ab'.repeat(32)))).toEqual(Buffer.alloc(32, 0xab));
  });

  it.each([0o640, 0o604, 0o666])('are refused with mode %o', (mode) => {
    expect(() => readWalletFile(file(numbers, mode))).toThrow(/wants 600/);
    expect(() => readPermitKeyFile(file('ab'.repeat(32), mode))).toThrow(/wants 600/);
  });

  it.skipIf(process.getuid?.() !== 0)(
    '(needs root) are refused when another user owns them',
    () => {
      const path = file(numbers);
      chownSync(path, 12_345, 0);
      expect(() => readWalletFile(path)).toThrow(/owned by user 12345, wants 0/);
    },
  );

  it('are refused when they are no file, or far too long', () => {
    expect(() => readWalletFile(folder)).toThrow(/is no file/);
    expect(() => readWalletFile(file(' '.repeat(16_385)))).toThrow(/16385 bytes, wants 16384/);
  });

  it('hold a wallet in every spelling that JSON allows, and its bytes are those of JSON', () => {
    const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const space = fc.constantFrom('', ' ', '\n', '\t\r\n  ');
    fc.assert(
      fc.property(bytes, fc.array(space, { minLength: 130, maxLength: 130 }), (key, spaces) => {
        const parts = [...key].flatMap((byte, at) => [at === 0 ? '[' : ',', String(byte)]);
        const text =
          [...parts, ']'].map((part, at) => `${spaces[at]}${part}`).join('') + spaces[129];
        expect(JSON.parse(text)).toEqual([...readWalletFile(file(text))]);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a number less', numbers.replace('0,', '')],
    ['a number more', numbers.replace(']', ',64]')],
    ['a comma more', numbers.replace(']', ',]')],
    ['a comma less', numbers.replace('1,2', '1 2')],
    ['a zero in front', numbers.replace('63', '063')],
    ['a sign', numbers.replace('63', '-63')],
    ['an exponent', numbers.replace('63', '6e1')],
    ['a text', numbers.replace('63', '"63"')],
    ['another array inside', numbers.replace('63', '[63]')],
    ['four digits', numbers.replace('63', '1630')],
    ['no end', numbers.replace(']', '')],
    ['something behind it', `${numbers}x`],
    ['a mark of byte order', `\ufeff${numbers}`],
  ])('a wallet with %s is refused', (_what, text) => {
    expect(() => readWalletFile(file(text))).toThrow(/wants a JSON array of 64 bytes/);
  });

  it.each(['', '[]', '{"a":1}', numbers.replace('63', '256'), numbers.replace('63', '6.5')])(
    'a wallet is not %j, and the message shows none of it',
    (text) => {
      expect(() => readWalletFile(file(text))).toThrow(/wants a JSON array of 64 bytes"}$/);
    },
  );

  it.each(['', 'ab'.repeat(31), 'xy'.repeat(32), 'AB'.repeat(32)])(
    'a permit key is not %j',
    (text) => {
      expect(() => readPermitKeyFile(file(text))).toThrow(/wants at least 32 bytes/);
    },
  );

  it('says which file is missing', () => {
    expect(() => readWalletFile(join(folder, 'absent'))).toThrow(/wallet file .*absent: cannot/);
  });
});
