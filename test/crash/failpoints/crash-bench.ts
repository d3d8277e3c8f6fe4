import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { createPermitPublisher } from '../../../adapters/bus/permit-publisher.ts';
import { createRpcClient } from '../../../adapters/chain/rpc-client.ts';
import { readWalletBalances } from '../../../adapters/chain/wallet-balances.ts';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { addOperator } from '../../../adapters/secrets/operator-files.ts';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import { requireSystem } from '../../../cli/find-system.ts';
import { runResume } from '../../../cli/resume/run-resume.ts';
import { operatorKeyFile, operatorsFolder } from '../../../config/operators.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import { fundAndOpenPool, makeSecrets, type ExecutorSecrets } from '../../support/executor.ts';
import { startTestServers } from '../../support/servers.ts';
import { anApprover, openRun } from '../../support/settling.ts';
import { startSimnet } from '../../support/simnet.ts';
import { until } from '../../support/until.ts';
import { beginLife, type ExecutorLife } from './executor-life.ts';
import { startSettling } from './settling-part.ts';
import { startTrades, type Trades } from './trades.ts';
import { startWireTap, type WireTap } from './wire-tap.ts';

const MARKETS = ['SOL-USDC', 'BTC-USDC', 'ETH-USDC', 'WIF-USDC', 'JTO-USDC'];
const SLOT_MS = 50;
const HEIGHT_EVERY_MS = 200;
const OPERATORS = ['ada', 'bob'];
/** No limit of risk's is what these runs are about. */
const SETTINGS = {
  OVERMIND_RISK_DAILY_LOSS_USD_MAX: '999999999',
  OVERMIND_RISK_TOTAL_LOSS_USD_MAX: '999999999',
  OVERMIND_RISK_EXPOSURE_USD_MAX: '999999999',
  OVERMIND_RISK_OPEN_POSITIONS_MAX: '100',
};

export type CrashBench = {
  readonly home: string;
  readonly journal: string;
  readonly wallet: string;
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly rpcUrls: readonly string[];
  readonly taps: readonly WireTap[];
  readonly trades: Trades;
  /** What must never be heard. */
  readonly faults: string[];
  /** What parts met and went on from. */
  readonly troubles: string[];
  readonly begin: (failpoint?: string) => ExecutorLife;
  readonly status: () => Promise<{ readonly halted: boolean; readonly isFresh: boolean }>;
  /** Rejects where the executor dies before it has answered. */
  readonly halt: (stopId: string) => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Real Postgres, Redis-protocol server, chain and executor; approval, outbox, bridge and settlement
 * run here, in one process and without Temporal, so that a crash costs little more than a start.
 */
export async function openCrashBench(): Promise<CrashBench> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return await bringUp(stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(stops: (() => unknown)[], stop: () => Promise<void>): Promise<CrashBench> {
  const secrets = makeSecrets();
  const { home, wallet } = secrets;
  const starting = [
    startTestServers({ postgres: true, dragonfly: true }),
    startSimnet({ slotMs: SLOT_MS }),
  ] as const;
  const begun = await Promise.allSettled(starting);
  for (const one of begun) if (one.status === 'fulfilled') stops.push(one.value.stop);
  const [servers, simnet] = await Promise.all(starting);
  const { postgresUrl, dragonflyUrl } = servers;
  const rpcUrls = [simnet.url, simnet.url2];
  const taps = await Promise.all(rpcUrls.map(startWireTap));
  const pool = createPool(postgresUrl, 'test', 12);
  const bus = await connectBus(dragonflyUrl, { name: 'test' });
  stops.push(
    ...taps.map((tap) => tap.stop),
    () => bus.disconnect(),
    () => pool.end(),
  );
  await migrate(pool);
  await openRun(pool, wallet);
  for (const market of MARKETS) await fundAndOpenPool(simnet.url, wallet, market);
  await storeBaseline(pool, simnet.url, wallet);
  const env = {
    OVERMIND_HOME: home,
    DATABASE_URL: postgresUrl,
    DRAGONFLY_URL: dragonflyUrl,
    OVERMIND_RPC_URLS: taps.map(({ url }) => url).join(','),
    OVERMIND_MARKETS: MARKETS.join(','),
  };
  for (const name of OPERATORS) {
    const keyFile = operatorKeyFile({ home }, name);
    addOperator({ name, folder: operatorsFolder({ home }), keyFile });
  }
  const faults: string[] = [];
  const troubles: string[] = [];
  const socketPath = join(home, 'run', 'executor.sock');
  stops.push(
    await startSettling({
      ...{ pool, bus, dragonflyUrl, rpcUrls, wallet, socketPath },
      onFault: (fault) => faults.push(fault),
      onTrouble: (trouble) => troubles.push(trouble),
    }),
  );
  const trades = await startTrading({ pool, bus, secrets, rpcUrl: simnet.url, stops });
  return {
    ...{ home, wallet, pool, bus, rpcUrls, taps, trades, faults, troubles, stop },
    journal: join(home, 'journal'),
    begin: (failpoint) => beginLife({ home, env, ...(failpoint ? { failpoint } : {}) }),
    ...controlOf({ ...env, OVERMIND_RPC_URLS: rpcUrls.join(',') }, socketPath),
  };
}

/** The command line's own roads to the executor. */
function controlOf(env: Readonly<Record<string, string>>, socketPath: string) {
  const asking = async <Answer>(
    ask: (client: ReturnType<typeof createExecutorClient>) => Promise<Answer>,
  ): Promise<Answer> => {
    const client = createExecutorClient(socketPath);
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  };
  return {
    status: () =>
      asking(async (client) => {
        const { halted, markets } = await client.status(1_000);
        return { halted, isFresh: Object.values(markets).every(({ fresh }) => fresh) };
      }),
    halt: (stopId: string) =>
      asking(async (client) => {
        const { fenced } = await client.stop({ stopId, reason: 'crash test' }, 2_000);
        if (!fenced) throw new Error(`${stopId} was not fenced`);
      }),
    async resume() {
      await runResume(requireSystem(env), { operators: OPERATORS, reason: 'crash test goes on' });
    },
  };
}

async function storeBaseline(pool: LedgerPool, url: string, wallet: string): Promise<void> {
  const client = createRpcClient({ url, timeoutMs: 5_000 });
  const balances = await until('all balances are final', async () => {
    const read = await readWalletBalances(client, wallet, 'finalized');
    return read.balances.length === MARKETS.length + 2 && read.balances;
  });
  const baseline = balances.map(({ asset, amount }) => [asset, String(amount)]);
  await pool.query('update runs set baseline = $1', [JSON.stringify(Object.fromEntries(baseline))]);
}

type TradingOptions = {
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly secrets: ExecutorSecrets;
  readonly rpcUrl: string;
  readonly stops: (() => unknown)[];
};

/** The real approval with the real ledger, keys and publisher; the height is looked up beside it. */
async function startTrading(options: TradingOptions): Promise<Trades> {
  const { pool, bus, secrets, rpcUrl, stops } = options;
  const mac = createPermitMac(secrets.permitKey);
  let seen: { readonly height: number; readonly seenAtMs: number } | undefined;
  let isOver = false;
  const lookUp = async (): Promise<void> => {
    while (!isOver) {
      const asked = callRpc<{ blockHeight: number }>(rpcUrl, 'getEpochInfo', []);
      const answer = await asked.catch(() => undefined); // An old height is refused by risk.
      if (answer) seen = { height: answer.blockHeight, seenAtMs: Date.now() };
      await pause(HEIGHT_EVERY_MS);
    }
  };
  const looking = lookUp();
  const approve = anApprover(pool, loadMarkets(MARKETS), {
    wallet: secrets.wallet,
    settings: SETTINGS,
    parts: {
      permits: createPermitPublisher(bus),
      height: { current: () => seen && { ...seen, slotMs: SLOT_MS } },
      seal(permit) {
        const p = encodePermit(permit);
        return { p, m: mac.sign(p) };
      },
    },
  });
  const trades = startTrades({ pool, approve, markets: MARKETS });
  stops.push(async () => {
    isOver = true;
    await Promise.all([trades.stop(), looking]);
  });
  return trades;
}

export function removeBench({ home }: Pick<CrashBench, 'home'>): void {
  rmSync(home, { recursive: true, force: true });
}
