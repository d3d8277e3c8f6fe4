import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPermitKeyFile } from '../../../adapters/secrets/permit-key-file.ts';
import { readWalletFile } from '../../../adapters/secrets/wallet-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string, mode = 0o600): string {
  const path = join(folder, `${Math.abs(text.length)}-${mode}`);
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
