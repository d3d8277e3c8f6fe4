import { rmSync } from 'node:fs';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPaperPools } from '../../adapters/chain/paper-pools.ts';
import { createRpcClient } from '../../adapters/chain/rpc-client.ts';
import { readWalletBalances } from '../../adapters/chain/wallet-balances.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Market } from '../../domain/market/market.ts';
import { prepareNamespace } from '../../temporal/namespace.ts';
import { makeSecrets, type ExecutorSecrets } from '../../test/support/executor.ts';
import {
  freePort,
  startOwnProcess,
  type RunningOwnProcess,
} from '../../test/support/own-process.ts';
import { startTestServers, type TestServers } from '../../test/support/servers.ts';
import { startSimnet, type RunningSimnet } from '../../test/support/simnet.ts';
import { aRunRow } from '../../test/support/trade-ledger.ts';
import { until } from '../../test/support/until.ts';

export const RUN = 'r1';
/** Of every market: what is measured does not depend on it. */
export const PRICE = '100';
const TOKENS = '1000000000000';
const LAMPORTS = 1_000_000_000_000;
const SLOT_MS = 100;

type OnStop = (stop: () => unknown) => void;

/** Real servers, a simnet, a funded wallet and a run: everything but processes of ours. */
export type Rig = {
  readonly secrets: ExecutorSecrets;
  readonly servers: TestServers;
  readonly simnet: RunningSimnet;
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly markets: readonly Market[];
  /** From which on each pool stands at `PRICE`. */
  readonly poolSlot: number;
  readonly brainPort: number;
  readonly apiPort: number;
  /** What the supervisor gives its processes. */
  readonly env: Readonly<Record<string, string>>;
  /** A process of ours, as the supervisor starts it; ended with the rig. */
  readonly start: (root: string) => Promise<RunningOwnProcess>;
};

export type RigOptions = {
  readonly markets: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly temporal?: boolean;
};

export async function openRig(onStop: OnStop, options: RigOptions): Promise<Rig> {
  const { settings = {}, temporal = true } = options;
  const secrets = makeSecrets();
  onStop(() => rmSync(secrets.home, { recursive: true, force: true }));
  const servers = await startTestServers({ postgres: true, dragonfly: true, temporal });
  onStop(servers.stop);
  const simnet = await startSimnet({ slotMs: SLOT_MS });
  onStop(simnet.stop);
  const pool = createPool(servers.postgresUrl, 'bench', 4);
  onStop(() => pool.end());
  const bus = await connectBus(servers.dragonflyUrl, { name: 'bench' });
  onStop(() => bus.disconnect());

  const markets = loadMarkets(options.markets);
  await migrate(pool);
  if (temporal) await prepareNamespace(servers.temporalAddress);
  await aRunRow(pool, RUN, secrets.wallet);
  const poolSlot = await fund(simnet.url, secrets.wallet, markets);
  await storeBaseline(pool, simnet.url, { wallet: secrets.wallet, assets: markets.length + 2 });

  const [brainPort, apiPort] = [await freePort(), await freePort()];
  const env = {
    ...settings,
    OVERMIND_HOME: secrets.home,
    OVERMIND_RUN_ID: RUN,
    OVERMIND_MARKETS: options.markets.join(','),
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    CHROMA_URL: '',
    ...(temporal ? { TEMPORAL_ADDRESS: servers.temporalAddress } : {}),
    OVERMIND_RPC_URLS: `${simnet.url},${simnet.url2}`,
    OVERMIND_BRAIN_PORT: String(brainPort),
    OVERMIND_API_PORT: String(apiPort),
    OVERMIND_LOG_LEVEL: 'warn',
  };
  return {
    ...{ secrets, servers, simnet, pool, bus, markets, poolSlot, brainPort, apiPort, env },
    async start(root) {
      const running = await startOwnProcess(root, env);
      onStop(running.stop);
      return running;
    },
  };
}

async function fund(url: string, wallet: string, markets: readonly Market[]): Promise<number> {
  await callRpc(url, 'simnet_airdrop', [wallet, LAMPORTS]);
  const tokens = markets.flatMap(({ base, quote }) => [base, quote]);
  for (const { mint, decimals } of new Map(tokens.map((token) => [token.mint, token])).values()) {
    await callRpc(url, 'simnet_setTokenBalance', [wallet, mint, TOKENS, decimals]);
  }
  return createPaperPools(url).set(markets.map((market) => ({ market, price: PRICE })));
}

/** What the wallet holds before any trade: an approval without it is refused. */
async function storeBaseline(
  pool: LedgerPool,
  url: string,
  { wallet, assets }: { readonly wallet: string; readonly assets: number },
): Promise<void> {
  const client = createRpcClient({ url, timeoutMs: 5_000 });
  const balances = await until('finalized balances', async () => {
    const read = await readWalletBalances(client, wallet, 'finalized');
    return read.balances.length >= assets && read.balances;
  });
  const baseline = Object.fromEntries(balances.map(({ asset, amount }) => [asset, String(amount)]));
  await pool.query('update runs set baseline = $1', [JSON.stringify(baseline)]);
}
