import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withEnvFile } from '../../../config/env-file.ts';
import { runCli } from '../../support/cli.ts';

const SUPERVISOR = fileURLToPath(new URL('../../../workers/dev/main.ts', import.meta.url));
/** Of processes that compile TypeScript first, on a machine that does other things as well. */
const START_MS_MAX = 60_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-env-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (...lines: readonly string[]): void =>
  writeFileSync(join(folder, '.env'), lines.join('\n'));

describe('the .env file', () => {
  it('may be absent', () => {
    expect(withEnvFile({ A: 'shell' }, folder)).toEqual({ A: 'shell' });
  });

  it('adds to the environment, which is stronger unless it is empty', () => {
    write('# why', 'A=file', 'B="file, quoted"', 'C=file');
    expect(withEnvFile({ A: 'shell', C: '' }, folder)).toEqual({
      A: 'shell',
      B: 'file, quoted',
      C: 'file',
    });
  });

  it(
    'is read by the overmind command where it is called',
    async () => {
      write('OVERMIND_HOME=home-of-the-file', 'OVERMIND_API_PORT=none');
      const refused = await runCli(['status', '--json'], {}, folder);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('OVERMIND_API_PORT: got "none"');

      const stronger = await runCli(['status', '--json'], { OVERMIND_API_PORT: '8080' }, folder);
      expect(stronger.code).toBe(3);
      expect(stronger.stderr).toContain(join('home-of-the-file', 'run.json'));
    },
    START_MS_MAX,
  );

  it(
    'is read by the supervisor, which starts nothing on a wrong value',
    () => {
      write('OVERMIND_HOME=home-of-the-file', 'OVERMIND_API_PORT=none');
      const env = { PATH: process.env['PATH'] };
      const args = ['--import', import.meta.resolve('tsx'), SUPERVISOR, '--feed', 'synthetic'];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env });
      expect(status).toBe(1);
      expect(String(stderr)).toContain('OVERMIND_API_PORT: got "none"');
      expect(readdirSync(folder)).toEqual(['.env']);
    },
    START_MS_MAX,
  );

  it('is refused, not ignored, where it cannot be read', () => {
    mkdirSync(join(folder, '.env'));
    expect(() => withEnvFile({}, folder)).toThrow(/EISDIR/);
  });
});
