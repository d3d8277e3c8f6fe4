import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Keypair } from '@solana/web3.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rpc } from '../../contract/simnet/client.ts';
import { startSimnet } from '../../support/simnet.ts';

const MAIN = fileURLToPath(new URL('../../../simnet/main.ts', import.meta.url));
/** No file may grow beyond this: enough to start with, and soon full. */
const KIB_MAX = 600;
const GIFTS_MAX = 20_000;
const LIMIT_MS = 180_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-simnet-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Simnet under a limit that fails its writes as a full disk does, half-written ones included. */
async function startLimited(): Promise<{ url: string; gone: Promise<unknown>; kill: () => void }> {
  const flags = ['--port', '0', '--port2', '0', '--slot-ms', '1000', '--state', folder];
  const command = [process.execPath, '--import', 'tsx', MAIN, ...flags];
  const child = spawn('bash', ['-c', `ulimit -f ${KIB_MAX}; exec "$0" "$@"`, ...command], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${String(code)} before it began`)));
    child.on('message', (message: { kind?: string; url?: string }) => {
      if (message.kind === 'ready') resolve(message.url ?? '');
    });
  });
  return { url, gone, kill: () => child.kill('SIGKILL') };
}

describe('a full disk', () => {
  it(
    'ends simnet before it answers for what it could not write, and loses nothing',
    async () => {
      const limited = await startLimited();
      const acknowledged = new Map<string, number>();
      let slot = 0;
      let refused = '';
      try {
        while (acknowledged.size < GIFTS_MAX) {
          refused = Keypair.generate().publicKey.toBase58();
          const lamports = 1_000_000 + acknowledged.size;
          const { result } = await rpc(limited.url, 'simnet_airdrop', refused, lamports);
          acknowledged.set(refused, lamports);
          slot = result.slot;
        }
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError); // How fetch says that the connection broke.
      }
      limited.kill(); // Only where it has not ended by itself.
      await limited.gone;
      expect(acknowledged.size).toBeGreaterThan(0);
      expect(acknowledged.size).toBeLessThan(GIFTS_MAX);

      const again = await startSimnet({ state: folder });
      const keys = [...acknowledged.keys(), refused];
      const balances: unknown[] = [];
      for (let at = 0; at < keys.length; at += 100) {
        const page = keys.slice(at, at + 100);
        const config = { commitment: 'processed', encoding: 'base64' };
        const { result } = await rpc(again.url, 'getMultipleAccounts', page, config);
        balances.push(...result.value.map((account: any) => account?.lamports));
      }
      expect(balances).toEqual([...acknowledged.values(), undefined]);
      const { result } = await rpc(again.url, 'simnet_status');
      expect(result.slot).toBeGreaterThanOrEqual(slot);
      await again.stop();
    },
    LIMIT_MS,
  );
});
