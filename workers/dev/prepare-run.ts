import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import {
  CLOCK_KEY,
  FEED_KEY,
  MARKET_RUN_KEY,
  permitStreamOf,
  RUN_ENDING_KEY,
  STREAMS,
} from '../../adapters/bus/stream-names.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { grantRoles } from '../../adapters/ledger/roles.ts';
import type { Config } from '../../config/config.ts';
import { loadMarkets } from '../../config/markets.ts';
import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { Market } from '../../domain/market/market.ts';
import type { FeedArgs, MarketFeed } from '../../domain/market/market-feed.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { persist } from '../persist.ts';
import { fundPaperWallet, preparePaperKeys } from './paper-wallet.ts';
import {
  openRun,
  readLatch,
  recordBaseline,
  resumeRun,
  type Latch,
  type Unfinished,
} from './prepare-ledger.ts';
import type { Progress } from './progress.ts';
import { untilFinalized } from './until-finalized.ts';

export type PreparedRun = {
  readonly runId: RunId;
  readonly wallet: string;
  readonly markets: readonly Market[];
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly chain: ChainReader;
  readonly latch: Latch | undefined;
  /** Resolves when the wallet's first balance is final and stored: nothing is approved before. */
  readonly baseline: Promise<void>;
};

export type Stores = { readonly pool: LedgerPool; readonly bus: BusConnection };

/** Where the servers are that a run is prepared on, whoever started them. */
export type RunServers = {
  readonly postgres: { readonly url: string };
  readonly dragonfly: { readonly url: string };
  readonly chain: { readonly urls: readonly string[] };
};

export type PrepareRun = {
  readonly config: Config;
  readonly servers: RunServers;
  readonly stores: Stores;
  /** The run to go on with; undefined: a new one. */
  readonly resumes: Unfinished | undefined;
  readonly feed: MarketFeed;
  readonly feedArgs: FeedArgs;
  readonly progress: Progress;
  readonly onStop: (name: string, stop: () => unknown) => void;
};

const FINALITY_LIMIT_MS = 60_000;
/** A cluster that answers nothing for so long is not the one that was meant. */
const SET_UP_LIMIT_MS = 30_000;

/** Schema and connections: what is needed to know what an earlier start left. */
export async function openStores({
  servers,
  progress,
  onStop,
}: Pick<PrepareRun, 'servers' | 'progress' | 'onStop'>): Promise<Stores> {
  const pool = createPool(servers.postgres.url, 'dev', 4);
  onStop('ledger', () => pool.end());
  const applied = await migrate(pool);
  if (applied.length > 0) progress.say(`schema: ${applied.length} migrations applied`);
  await grantRoles(pool);
  const bus = await connectBus(servers.dragonfly.url, { name: 'dev' });
  onStop('bus', () => bus.disconnect());
  return { pool, bus };
}

/** Keys, money, pools and the run's row: what the processes find when they start. */
export async function prepareRun(options: PrepareRun): Promise<PreparedRun> {
  const { config, servers, stores, feed, feedArgs, progress, resumes } = options;
  const { pool, bus } = stores;
  const latch = await readLatch(pool);
  const wallet = preparePaperKeys(config);
  const markets = loadMarkets(feed.description.markets.map(({ market }) => market));
  const [rpcUrl = ''] = servers.chain.urls;
  const patience = { limitMs: SET_UP_LIMIT_MS, onFault: () => undefined };
  if (resumes) {
    progress.say(`going on with run ${resumes.runId}, where it was left`);
    await bus.del(FEED_KEY, RUN_ENDING_KEY);
  } else {
    await clearBus(bus, wallet);
    const seeding = () => persist(() => seedPools(rpcUrl, markets, feed), patience);
    await progress.during('paper pools', seeding);
  }
  // What was given by a try whose answer was lost is held by then, and not given again.
  const funding = () => persist(() => fundPaperWallet(rpcUrl, wallet, markets), patience);
  const fundedAtSlot = await progress.during('paper money', funding);
  const quote = markets[0]?.quote.symbol ?? '';
  const money = fundedAtSlot > 0 ? `10 SOL and 10,000 ${quote}` : 'what earlier runs left';
  progress.say(`paper wallet ${wallet}: ${money}`);

  // Letters and digits only: it becomes part of every signal id.
  const runId = resumes?.runId ?? `r${Date.now().toString(36)}`;
  if (resumes) await resumeRun(pool, runId, feedArgs);
  else await openRun(pool, { runId, feed: feedArgs, mode: config.mode, wallet });
  const { commitment } = config.execution;
  const chain = createChainReader({ urls: servers.chain.urls, commitment, wallet });
  const baseline = resumes?.hasBaseline
    ? Promise.resolve()
    : progress.during('baseline balance', () =>
        recordBaselineAt(fundedAtSlot, { chain, pool, runId }),
      );
  baseline.catch(() => undefined); // Whoever waits for it hears of a fault.
  return { runId, wallet, markets, pool, bus, chain, latch, baseline };
}

/** What an earlier run left in a bus that outlived it. Transport only: the truth is in Postgres. */
async function clearBus(bus: BusConnection, wallet: string): Promise<void> {
  const streams = Object.values(STREAMS).map(({ key }) => key);
  const keys = [CLOCK_KEY, FEED_KEY, MARKET_RUN_KEY, RUN_ENDING_KEY];
  await bus.del(...streams, permitStreamOf(wallet), ...keys);
}

/** Every pool at its market's first price, so that mints and accounts exist from the beginning. */
async function seedPools(
  rpcUrl: string,
  markets: readonly Market[],
  feed: MarketFeed,
): Promise<void> {
  const prices = await firstPrices(feed);
  const entries = markets.map((market) => {
    const { base, quote } = paperReserves(
      parseDecimal(prices.get(market.id) ?? '', `first price of ${market.id}`),
      market,
    );
    return {
      pool: market.pool,
      base: String(base),
      quote: String(quote),
      baseDecimals: market.base.decimals,
      quoteDecimals: market.quote.decimals,
    };
  });
  await callRpc(rpcUrl, 'simnet_setPools', [{ markets: entries }]);
}

async function firstPrices(feed: MarketFeed): Promise<ReadonlyMap<MarketId, string>> {
  const wanted = feed.description.markets.length;
  const prices = new Map<MarketId, string>();
  for await (const { market, close } of feed.events()) {
    if (!prices.has(market)) prices.set(market, close);
    if (prices.size === wanted) break;
  }
  return prices;
}

type BaselineOf = {
  readonly chain: ChainReader;
  readonly pool: LedgerPool;
  readonly runId: RunId;
};

/** Where nothing was given, the balance of this moment: it is final once its slot is. */
async function recordBaselineAt(
  fundedAtSlot: number,
  { chain, pool, runId }: BaselineOf,
): Promise<void> {
  const patience = { limitMs: FINALITY_LIMIT_MS, onFault: () => undefined };
  const { slot } = await persist(() => chain.readHeight(), patience);
  await untilFinalized(chain, Math.max(fundedAtSlot, slot), FINALITY_LIMIT_MS);
  const { balances } = await persist(() => chain.readBalances(), patience);
  await recordBaseline(pool, runId, balances);
}
