import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export type CliResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON object on stdout; throws when there is anything else. */
  readonly json: () => Record<string, unknown>;
};

const BIN = fileURLToPath(new URL('../../cli/overmind.mjs', import.meta.url));
/** Addresses of the machine that runs the tests would lead the command elsewhere. */
const NOT_INHERITED = /^(DATABASE_URL|DRAGONFLY_URL|CHROMA_URL|TEMPORAL_ADDRESS|OVERMIND_.*)$/;

/**
 * The command as a user types it, in a process of its own. Not in the project's folder unless told:
 * its reader's own `.env` would lead the command elsewhere, too.
 */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder = dirname(BIN),
): Promise<CliResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      // What a command prints as JSON is an object; the test says which fields.
      resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> }),
    );
  });
}
