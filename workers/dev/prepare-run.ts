import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import {
  CLOCK_KEY,
  FEED_KEY,
  permitStreamOf,
  RUN_ENDING_KEY,
  STREAMS,
} from '../../adapters/bus/stream-names.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import type { Config } from '../../config/config.ts';
import { loadMarkets } from '../../config/markets.ts';
import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { Market } from '../../domain/market/market.ts';
import type { FeedArgs, MarketFeed } from '../../domain/market/market-feed.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { fundPaperWallet, preparePaperKeys } from './paper-wallet.ts';
import {
  clearRuns,
  openRun,
  readLatch,
  readUnfinished,
  recordBaseline,
  type Latch,
} from './prepare-ledger.ts';
import type { Progress } from './progress.ts';
import { pause } from './servers/running-server.ts';
import type { Servers } from './start-servers.ts';

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

export type PrepareRun = {
  readonly config: Config;
  readonly servers: Servers;
  readonly feed: MarketFeed;
  readonly feedArgs: FeedArgs;
  readonly progress: Progress;
  readonly onStop: (name: string, stop: () => unknown) => void;
};

const FINALITY_LIMIT_MS = 60_000;
const POLL_MS = 100;

/** Schema, keys, money, pools and the run's row: what the processes find when they start. */
export async function prepareRun(options: PrepareRun): Promise<PreparedRun> {
  const { config, servers, feed, feedArgs, progress, onStop } = options;
  const pool = createPool(servers.postgres.url, 'dev', 4);
  onStop('ledger', () => pool.end());
  const applied = await migrate(pool);
  if (applied.length > 0) progress.say(`schema: ${applied.length} migrations applied`);
  const bus = await connectBus(servers.dragonfly.url, { name: 'dev' });
  onStop('bus', () => bus.disconnect());

  await beginAnew(pool, progress);
  const latch = await readLatch(pool);
  const wallet = preparePaperKeys(config);
  await clearBus(bus, wallet);
  const markets = loadMarkets(feed.description.markets.map(({ market }) => market));
  const [rpcUrl = ''] = servers.chain.urls;
  await seedPools(rpcUrl, markets, feed);
  const fundedAtSlot = await fundPaperWallet(rpcUrl, wallet, markets);
  progress.say(`paper wallet ${wallet}: 10 SOL and 10,000 ${markets[0]?.quote.symbol ?? ''}`);

  // Letters and digits only: it becomes part of every signal id.
  const runId = `r${Date.now().toString(36)}`;
  await openRun(pool, { runId, feed: feedArgs, mode: config.mode, wallet });
  const { commitment } = config.execution;
  const chain = createChainReader({ urls: servers.chain.urls, commitment, wallet });
  const baseline = progress.during('baseline balance', () =>
    recordBaselineAt(fundedAtSlot, { chain, pool, runId }),
  );
  baseline.catch(() => undefined); // Whoever waits for it hears of a fault.
  return { runId, wallet, markets, pool, bus, chain, latch, baseline };
}

async function beginAnew(pool: LedgerPool, { say }: Progress): Promise<void> {
  const unfinished = await readUnfinished(pool);
  if (!unfinished) return;
  const { runId, openPositions, livePermits } = unfinished;
  say(
    `run ${runId} did not end: ${openPositions} positions and ${livePermits} permits were open on a ` +
      `paper chain that is gone; its records are cleared and a new run begins`,
  );
  await clearRuns(pool);
}

/** What an earlier run left in a bus that outlived it. Transport only: the truth is in Postgres. */
async function clearBus(bus: BusConnection, wallet: string): Promise<void> {
  const streams = Object.values(STREAMS).map(({ key }) => key);
  const keys = [...streams, permitStreamOf(wallet), CLOCK_KEY, FEED_KEY, RUN_ENDING_KEY];
  await bus.del(...keys);
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

async function recordBaselineAt(slot: number, { chain, pool, runId }: BaselineOf): Promise<void> {
  const endMs = Date.now() + FINALITY_LIMIT_MS;
  for (;;) {
    const heights = await chain.readFinalizedHeight();
    if (heights.every((one) => one.slot >= slot)) break;
    if (Date.now() > endMs) {
      const fault = `slot ${slot} was not finalized in time`;
      throw new OvermindError('chain/unreachable', { url: '', method: 'baseline', fault });
    }
    await pause(POLL_MS);
  }
  await recordBaseline(pool, runId, await chain.readBalances());
}
