import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A secret that stays: given by the operator, else the one saved before, else random and saved. */
export function readPassword(home: string, name: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const path = secretPath(home, `${name}.password`);
  if (!existsSync(path)) writeSecret(path, randomBytes(24).toString('hex'));
  return readFileSync(path, 'utf8').trim();
}

export function secretPath(home: string, name: string): string {
  return join(home, 'secrets', name);
}

/** Readable by its owner alone, from its first byte on. */
export function writeSecret(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  chmodSync(path, 0o600); // The mode above counts for new files only.
}
