import { connectBlocking, connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { STREAMS } from '../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../adapters/bus/stream-writer.ts';
import { createPoolWatch } from '../../adapters/chain/pool-watch.ts';
import { createPool, queryRows } from '../../adapters/ledger/connect.ts';
import { loadMarkets } from '../../config/markets.ts';
import { required } from '../../config/required.ts';
import type { LegEnds } from '../../domain/market/leg-ends.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { ProcessContext } from '../run-process.ts';
import { createHeightFeed } from './chain-height.ts';
import { createMarketMirror } from './market-mirror.ts';

export type Ports = Awaited<ReturnType<typeof openPorts>>;

/** Everything outside that the trading worker talks to, apart from Temporal. */
export async function openPorts({ config, log, onStop }: ProcessContext) {
  const { addresses, passwords, runId } = config;
  const busUrl = required(addresses.dragonfly, 'DRAGONFLY_URL');
  const rpcUrls = required(addresses.rpc, 'OVERMIND_RPC_URLS');
  const onFault =
    (part: string) =>
    (error: unknown): void =>
      log.warn({ part, err: error }, 'part met a fault and goes on');

  const pool = createPool(required(addresses.postgres, 'DATABASE_URL'), 'trading', 16);
  onStop('ledger', () => pool.end());
  const busOptions = (name: string) => ({
    name: `trading-${name}`,
    password: passwords.dragonfly,
    onFault: onFault(`bus ${name}`),
  });
  const bus: BusConnection = await connectBus(busUrl, busOptions('commands'));
  onStop('bus', () => bus.disconnect());
  const openReader = (name: string): Promise<BusConnection> =>
    connectBlocking(busUrl, busOptions(name));

  const mirror = await createMarketMirror({
    connection: bus,
    blocking: await openReader('market'),
    onFault: onFault('market mirror'),
  });
  onStop('market mirror', () => mirror.stop());

  const markets = loadMarkets(config.markets);
  const [rpcUrl = ''] = rpcUrls;
  const height = createHeightFeed(rpcUrl, onFault('height'));
  onStop('height', () => height.stop());
  const pools = createPoolWatch({
    rpcUrl,
    wsUrl: rpcUrl.replace(/^http/, 'ws'),
    markets,
    commitment: 'processed',
    onLink: (link) => height.onLink(link),
    onFault: onFault('pool watch'),
  });
  onStop('pool watch', () => pools.close());

  const writer = createStreamWriter(bus);
  const legEnds: LegEnds = {
    async publish(end) {
      await writer.append(STREAMS.legs, { l: JSON.stringify(end) });
    },
  };
  const wallet = await readWallet(pool, required(runId, 'OVERMIND_RUN_ID'));
  const marketById = new Map(markets.map((market) => [market.id, market]));
  return {
    pool,
    bus,
    openReader,
    mirror,
    markets: marketById,
    height,
    pools,
    legEnds,
    wallet,
    rpcUrls,
    runId: required(runId, 'OVERMIND_RUN_ID'),
    onFault,
  };
}

/** The run's row names the wallet; its secret half is the executor's business alone. */
async function readWallet(pool: ReturnType<typeof createPool>, runId: string): Promise<string> {
  const [row] = await queryRows<{ wallet: string }>(pool, 'read run', {
    text: 'select wallet from runs where run_id = $1',
    values: [runId],
  });
  if (row) return row.wallet;
  throw new OvermindError('config/invalid', { faults: `OVERMIND_RUN_ID: no run ${runId}` });
}
