import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const setUp = (): string =>
  execFileSync(process.execPath, [join(root, 'scripts', 'setup-env.mjs'), folder], {
    encoding: 'utf8',
  });
const read = (...path: readonly string[]): string => readFileSync(join(folder, ...path), 'utf8');

describe('npm run setup:env', () => {
  it('makes every secret that docker-compose.yml names, readable by its owner alone', () => {
    setUp();
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const { secrets } = parse(text, { merge: true }) as { secrets: Record<string, unknown> };
    expect(readdirSync(join(folder, 'secrets')).toSorted()).toEqual(
      Object.keys(secrets).toSorted(),
    );
    for (const name of Object.keys(secrets)) {
      expect(statSync(join(folder, 'secrets', name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  });

  it('prints no secret, and makes each only once', () => {
    const said = setUp();
    const before = readdirSync(join(folder, 'secrets')).map((name) => read('secrets', name));
    expect(setUp()).toContain('all there');
    expect(readdirSync(join(folder, 'secrets')).map((name) => read('secrets', name))).toEqual(
      before,
    );
    const passwords = before.filter((text) => /^[0-9a-f]{48}\n$/.test(text));
    expect(passwords.length).toBe(11);
    expect(new Set(passwords).size).toBe(11);
    for (const password of passwords) expect(said).not.toContain(password.trim());
    expect(read('secrets', 'database_url')).toContain(
      read('secrets', 'overmind_db_password').trim(),
    );
    for (const role of ['executor', 'ingest', 'brain', 'trading', 'api']) {
      const password = read('secrets', `${role}_db_password`).trim();
      expect(read('secrets', `${role}_database_url`)).toContain(`overmind_${role}:${password}@`);
    }
  });

  it("keeps an operator's own lines and adds what is missing", () => {
    writeFileSync(join(folder, '.env'), 'COMPOSE_PROFILES=paper,tensorzero\nOVERMIND_UID=4242');
    setUp();
    expect(read('.env')).toMatch(
      /^COMPOSE_PROFILES=paper,tensorzero\nOVERMIND_UID=4242\nOVERMIND_GID=\d+\n$/,
    );
  });
});
