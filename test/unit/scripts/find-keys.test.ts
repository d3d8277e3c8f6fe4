import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../domain/shared/base58.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/find-keys.mjs', import.meta.url));

let repository: string;
const git = (...args: string[]) => spawnSync('git', args, { cwd: repository, encoding: 'utf8' });

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'overmind-hook-'));
  git('init', '-q');
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

function lookAt(text: string) {
  writeFileSync(join(repository, 'file.txt'), text);
  git('add', 'file.txt');
  return spawnSync(process.execPath, [SCRIPT], { cwd: repository, encoding: 'utf8' });
}

describe('the search for private keys', () => {
  const secret = randomBytes(64).fill(200, 0, 1); // A first byte that makes no base58 shorter.

  it.each([
    ['a secret key in base58', `key = "${encodeBase58(secret)}"`],
    ['a wallet file', JSON.stringify([...secret])],
    ['a wallet file on many lines', JSON.stringify([...secret], undefined, 2)],
    ['a PEM key', `-----BEGIN PRIVATE ${'KEY'}-----`],
  ])('finds %s and does not print it', (_what, text) => {
    const { status, stderr } = lookAt(`first line\n${text}\n`);
    expect(status).toBe(1);
    expect(stderr).toContain('file.txt:2:');
    expect(stderr).not.toContain(encodeBase58(secret));
  });

  it.each([
    ['a public key', encodeBase58(randomBytes(32))],
    ['63 numbers', JSON.stringify([...secret.subarray(1)])],
    ['a checksum of a lock file', `sha512-${randomBytes(64).toString('base64')}`],
  ])('lets %s pass', (_what, text) => {
    expect(lookAt(text).status).toBe(0);
  });
});
