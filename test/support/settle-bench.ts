import type { Server } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createSettlePermits, type SettlePermits } from '../../activities/settle-permits.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { createSocketClient } from '../../adapters/socket-rpc/client.ts';
import { serveSocket } from '../../adapters/socket-rpc/server.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import type { TrackedPermit } from '../../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../../domain/settlement/settlement.ts';
import { createExecutorMemory } from '../../workers/trading/ask-executor.ts';
import { createChainTrades, type ChainTrades } from './chain-trades.ts';
import { makeSecrets } from './executor.ts';
import { startTestServers, type TestServers } from './servers.ts';
import { openRun, resetLedger } from './settling.ts';
import { startSimnet, type RunningSimnet } from './simnet.ts';

export const SETTLE_LIMIT_MS = 25_000;
/** So that a report is late at once; heights and slots are the chain's own. */
const LATE_MS = 60_000;

export type SettleBench = {
  pool: LedgerPool;
  simnet: RunningSimnet;
  trades: ChainTrades;
  /** What the executor's control socket remembers, by permit. */
  readonly remembered: Map<string, unknown>;
  /** Permits that could not be settled. */
  readonly faults: unknown[];
  readonly chainAt: (urls: readonly string[]) => ChainReader;
  readonly settlerOver: (urls: readonly string[]) => SettlePermits;
  /** Looks until the end is proven; the chain goes on by itself. */
  readonly untilSettled: (tracked: TrackedPermit, settle?: SettlePermits) => Promise<Settlement>;
  /** Of the next transaction, or of the next answers. */
  readonly fault: (kind: string, more?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly sendAndReport: (tracked: TrackedPermit) => Promise<string>;
  readonly committed: () => Promise<unknown>;
  /** Until a block of that height is final. */
  readonly untilHeight: (height: number, url?: string) => Promise<void>;
  /** A method of simnet's own. */
  readonly ask: (method: string) => Promise<unknown>;
};

/** Real ledger, real chain, and the executor's memory on its real socket; for the file that calls it. */
export function useSettleBench(markets: readonly string[]): SettleBench {
  const secrets = makeSecrets();
  const socketPath = join(secrets.home, 'run', 'executor.sock');
  const socket = createSocketClient({ path: socketPath });
  let servers: TestServers;
  let control: Server;

  const chainAt: SettleBench['chainAt'] = (urls) =>
    createChainReader({ urls, commitment: 'confirmed', wallet: secrets.wallet });
  const settlerOver: SettleBench['settlerOver'] = (urls) =>
    createSettlePermits({
      ledger: bench.trades.ledger,
      chain: chainAt(urls),
      commitment: 'confirmed',
      executor: createExecutorMemory(socket, Date.now),
      carryReport: async (report) => void (await bench.trades.ledger.recordReport(report)),
      nowMs: () => Date.now() + LATE_MS,
      onFault: (permitId, error) => bench.faults.push({ permitId, error }),
    });

  // The parts that take time to start are set before any test runs.
  const bench = {
    remembered: new Map<string, unknown>(),
    faults: [] as unknown[],
    chainAt,
    settlerOver,
    async untilSettled({ permit }, settle) {
      const settler = settle ?? settlerOver([bench.simnet.url, bench.simnet.url2]);
      const deadline = Date.now() + SETTLE_LIMIT_MS;
      for (;;) {
        const [settlement] = await settler([permit.id]);
        if (settlement) return settlement;
        if (Date.now() > deadline) throw new Error(`no proof for ${permit.id}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async fault(kind, more = {}) {
      await callRpc(bench.simnet.url, 'simnet_fault', [{ kind, count: 1, ...more }]);
    },
    async sendAndReport(tracked) {
      const sent = await bench.trades.send(tracked);
      await bench.trades.report(tracked, sent);
      return sent.signature;
    },
    async committed() {
      const text = "select reserved, spent from exposure where scope = 'total'";
      return (await bench.pool.query(text)).rows[0];
    },
    ask: (method) => callRpc(bench.simnet.url, method, []),
    async untilHeight(height, url) {
      await expect
        .poll(
          async () => {
            const params = [{ commitment: 'finalized' }];
            const info = await callRpc<{ blockHeight: number }>(
              url ?? bench.simnet.url,
              'getEpochInfo',
              params,
            );
            return info.blockHeight;
          },
          { timeout: SETTLE_LIMIT_MS },
        )
        .toBeGreaterThanOrEqual(height);
    },
  } as SettleBench;

  beforeAll(async () => {
    [servers, bench.simnet] = await Promise.all([
      startTestServers({ postgres: true }),
      startSimnet({ slotMs: 20 }),
    ]);
    bench.pool = createPool(servers.postgresUrl, 'test', 8);
    await migrate(bench.pool);
    await openRun(bench.pool, secrets.wallet);
    mkdirSync(join(secrets.home, 'run'), { recursive: true });
    control = await serveSocket(
      { path: socketPath },
      {
        whatBecameOf: (params) =>
          bench.remembered.get((params as { permitId: string }).permitId) ?? { known: false },
      },
    );
    const { pool, simnet } = bench;
    bench.trades = await createChainTrades({ pool, secrets, rpcUrl: simnet.url, markets });
  }, 120_000);

  afterAll(async () => {
    socket.close();
    control?.close();
    await bench.pool?.end();
    await Promise.all([bench.simnet?.stop(), servers?.stop()]);
  });

  beforeEach(async () => {
    await resetLedger(bench.pool);
    bench.remembered.clear();
    bench.faults.length = 0;
  });
  return bench;
}
