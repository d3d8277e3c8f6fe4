import { assertPaperCluster } from '../../adapters/chain/assert-paper-cluster.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPaperPools } from '../../adapters/chain/paper-pools.ts';
import { connectBlocking, connectBus } from '../../adapters/bus/connect.ts';
import { writeJson } from '../../adapters/bus/json-keys.ts';
import { FEED_KEY } from '../../adapters/bus/stream-names.ts';
import { createPool } from '../../adapters/ledger/connect.ts';
import { openFeed } from '../../adapters/market-data/open-feed.ts';
import { executorAddresses } from '../../config/executor-addresses.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { FeedState } from '../../domain/market/feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { createSpanHistogram } from '../../hotpath/span-histogram.ts';
import type { ProcessContext } from '../run-process.ts';
import { createFeedReport } from './feed-report.ts';
import { openFeedStreams } from './feed-streams.ts';
import { createLatestWriter } from './latest-writer.ts';
import { createMarketTracks } from './market-tracks.ts';
import { persist, type StoppablePatience } from '../persist.ts';
import { createRunLedger } from './run-ledger.ts';

/** How often the cursor is stored at most. */
const STORE_GAP_MS = 500;

export type Parts = Awaited<ReturnType<typeof openParts>>;

/** The run's feed and everything outside that ingest talks to. */
export async function openParts({ config, log, onStop }: ProcessContext) {
  const { runId } = config;
  const addresses = executorAddresses(config); // The same as the executor's, and paper alone.
  const [rpcUrl = ''] = addresses.rpc;
  if (runId === undefined) {
    throw new OvermindError('config/invalid', { faults: 'OVERMIND_RUN_ID: is not set' });
  }
  const stop = new AbortController();
  const onFault =
    (part: string) =>
    (error: unknown): void => {
      // Whatever is torn off by the stop is no fault.
      if (!stop.signal.aborted) log.warn({ part, err: error }, 'part met a fault and goes on');
    };
  const patience: StoppablePatience = { signal: stop.signal, onFault: onFault('store') };
  const readGenesisHash = () =>
    persist(() => callRpc<string>(rpcUrl, 'getGenesisHash', []), patience);
  await assertPaperCluster({ readGenesisHash }); // Before a pool is moved.

  const pool = createPool(addresses.postgres, 'ingest', 4);
  onStop('ledger', () => pool.end());
  const ledger = createRunLedger(pool, runId);
  const { feed: args, cursorMs } = await persist(() => ledger.readRun(), patience);
  const feed = await openFeed(args);
  const { markets: facts, lastMs } = feed.description;
  const markets = loadMarkets(facts.map(({ market }) => market));

  const busOptions = (name: string) => ({
    name: `ingest-${name}`,
    password: config.passwords.dragonfly,
    onFault: onFault(`bus ${name}`),
  });
  const connect = () => connectBus(addresses.dragonfly, busOptions('commands'));
  const bus = await persist(connect, patience);
  onStop('bus', () => bus.disconnect());
  // Before anything of this life is on the bus.
  const streams = await openFeedStreams(bus, runId, patience);
  const cursor = createLatestWriter(ledger.recordCursor, onFault('cursor'), STORE_GAP_MS);
  onStop('cursor', () => cursor.flushed());
  const states = createLatestWriter<FeedState>(
    (state) => writeJson(bus, FEED_KEY, state),
    onFault('feed state'),
  );
  onStop('feed', () => stop.abort());
  return {
    runId,
    databaseUrl: addresses.postgres,
    stop,
    patience,
    onFault,
    ledger,
    feed,
    speed: args.speed,
    cursorMs,
    bus,
    pools: createPaperPools(rpcUrl),
    openReader: (name: string) => connectBlocking(addresses.dragonfly, busOptions(name)),
    streams,
    markets: new Map(markets.map((market) => [market.id, market])),
    tracks: createMarketTracks(markets, facts),
    cursor,
    /** From receipt to the stream. */
    publishing: createSpanHistogram(),
    report: createFeedReport({ run: runId, marketTimeEndMs: lastMs }, states),
  };
}
