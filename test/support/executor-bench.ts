import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { createPermitPublisher } from '../../adapters/bus/permit-publisher.ts';
import { STREAMS } from '../../adapters/bus/stream-names.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { createPermitMac } from '../../adapters/secrets/permit-mac.ts';
import { createSocketClient, type SocketClient } from '../../adapters/socket-rpc/client.ts';
import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import { encodePermit } from '../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../domain/risk/permit.ts';
import {
  aPermit,
  fundAndOpenPool,
  makeSecrets,
  startExecutor,
  type ExecutorSecrets,
  type RunningExecutor,
} from './executor.ts';
import { startTestServers, type TestServers } from './servers.ts';
import { startSimnet, type RunningSimnet } from './simnet.ts';

type Status = { readonly markets: Record<string, { fresh: boolean; slot: number }> };

export type ExecutorBench = {
  readonly secrets: ExecutorSecrets;
  servers: TestServers;
  simnet: RunningSimnet;
  pool: LedgerPool;
  bus: BusConnection;
  /** The one that permits are made for. */
  executor: RunningExecutor;
  readonly socket: SocketClient;
  /** Of the executor's epoch. */
  readonly permit: (n: number | string, over?: Partial<PermitFields>) => PermitFields;
  readonly publish: (fields: PermitFields, m?: string) => Promise<void>;
  readonly reports: () => Promise<ExecutionReport[]>;
  readonly reportOf: (fields: PermitFields) => Promise<ExecutionReport>;
  /** Another process, of the same wallet; in the same home unless said otherwise. */
  readonly start: (home?: string) => Promise<RunningExecutor>;
  readonly untilFresh: (socket?: SocketClient) => Promise<unknown>;
};

/** A real executor on real servers and simnet, for the file that calls it. */
export function useExecutorBench(market: string): ExecutorBench {
  const secrets = makeSecrets();
  const mac = createPermitMac(secrets.permitKey);
  const socket = createSocketClient({ path: join(secrets.home, 'run', 'executor.sock') });
  let sequence = 0;

  // Servers and executor are set before any test runs.
  const bench = {
    secrets,
    socket,
    permit: (n, over = {}) =>
      aPermit(
        {
          wallet: secrets.wallet,
          market,
          executorEpoch: Number(bench.executor.facts['executorEpoch']),
          ...over,
        },
        n,
      ),
    async publish(fields, m) {
      sequence += 1;
      const p = encodePermit(fields);
      await createPermitPublisher(bench.bus).publish(
        { sequence: String(sequence), p, m: m ?? mac.sign(p) },
        secrets.wallet,
      );
    },
    async reports() {
      const entries = await bench.bus.xrange(STREAMS.reports.key, '-', '+');
      return entries.map(([, [, json = '']]) => JSON.parse(json) as ExecutionReport);
    },
    reportOf: (fields) =>
      until(`report of ${fields.id}`, async () =>
        (await bench.reports()).find(({ permitId }) => permitId === fields.id),
      ),
    start: (home = secrets.home) =>
      startExecutor({
        home,
        postgresUrl: bench.servers.postgresUrl,
        dragonflyUrl: bench.servers.dragonflyUrl,
        rpcUrls: [bench.simnet.url, bench.simnet.url2],
        markets: market,
      }),
    untilFresh: (of = socket) =>
      until('fresh pool', async () => {
        const status = await of.call<Status>('status', {}, 1_000);
        return status.markets[market]?.fresh ? status : undefined;
      }),
  } as ExecutorBench;

  beforeAll(async () => {
    [bench.servers, bench.simnet] = await Promise.all([
      startTestServers({ postgres: true, dragonfly: true }),
      startSimnet({ slotMs: 100 }),
    ]);
    bench.pool = createPool(bench.servers.postgresUrl, 'test');
    await migrate(bench.pool);
    bench.bus = await connectBus(bench.servers.dragonflyUrl, { name: 'test' });
    await fundAndOpenPool(bench.simnet.url, secrets.wallet, market);
    bench.executor = await bench.start();
    await bench.untilFresh();
  }, 120_000);

  afterAll(async () => {
    socket.close();
    await bench.executor?.stop();
    bench.bus?.disconnect();
    await bench.pool?.end();
    await Promise.all([bench.simnet?.stop(), bench.servers?.stop()]);
  });
  return bench;
}

export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  limitMs = 10_000,
): Promise<Value> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not seen in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
