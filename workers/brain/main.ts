import { connectBlocking } from '../../adapters/bus/connect.ts';
import { valueOf, type StreamEntry } from '../../adapters/bus/stream-entry.ts';
import { STREAMS } from '../../adapters/bus/stream-names.ts';
import { readFrom } from '../../adapters/bus/stream-reader.ts';
import { createPool, queryRows } from '../../adapters/ledger/connect.ts';
import { readJudgedOpinions } from '../../adapters/ledger/recorded-decisions.ts';
import { readRevocations } from '../../adapters/ledger/memory-lineage.ts';
import { createMarketStates } from '../../adapters/memory/postgres-market-states.ts';
import { serveSocket } from '../../adapters/socket-rpc/server.ts';
import type { Config } from '../../config/config.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { runProcess, type ProcessContext } from '../run-process.ts';
import { installTemporalRuntime } from '../temporal-runtime.ts';
import { tradeLine } from '../trade-line.ts';
import { openArchive, type Archive } from './archive.ts';
import { createBrains, type Brains } from './brains.ts';
import { startConsulting } from './consulting.ts';
import { readEarlierReadings, type EarlierReadings } from './earlier-readings.ts';
import { readCandidate } from './read-candidate.ts';
import { readMemoryId } from './read-memory-id.ts';

/** Whoever asks gives up after a second; the refusal must reach it before. */
const WAIT_MS_MAX = 850;
/** Writing behind may take this long at the end; the whole process has eight seconds. */
const FLUSH_WITHIN_MS = 3_000;
/** Newest opinions whose outcome is waited for or looked for after an outage. */
const OPINIONS_MAX = 5_000;
/** Catching up must not keep questions waiting: the loop is given back this often. */
const YIELD_EVERY_MS = 5;

async function main(context: ProcessContext): Promise<void> {
  installTemporalRuntime(context.log, context.config.addresses.sdkMetrics);
  const { config, log, onStop } = context;
  const { postgres, dragonfly, runId } = brainSettings(config);
  const pool = createPool(postgres, 'brain', 2);
  onStop('ledger', () => pool.end());
  const states = createMarketStates(runId, (operation, query) => queryRows(pool, operation, query));
  const archive = await openArchive({
    runId,
    states,
    readOpinions: () => readJudgedOpinions(pool, runId, OPINIONS_MAX),
    chromaUrl: config.addresses.chroma,
    log,
  });
  onStop('archive', () => archive.stop(FLUSH_WITHIN_MS));
  const brains = createBrains(WAIT_MS_MAX);
  const heedRevoked = async (): Promise<void> => {
    for (const memory of await readRevocations(pool, runId)) brains.revoke(memory);
  };
  await heedRevoked();
  await followMarket(context, dragonfly, {
    ...{ brains, archive },
    earlier: await readEarlierReadings(states),
  });

  const { bind, brain } = config.addresses;
  const { port } = brain;
  const server = await serveSocket(
    { host: bind, port },
    {
      async analyse(params) {
        const candidate = readCandidate(params, runId);
        const opinion = await brains.analyse(candidate);
        const { direction, conviction, known, memorySize } = opinion;
        const said = { direction, conviction, known, memorySize };
        log.info({ ...tradeLine(candidate.signalId), ...said }, 'opinion formed');
        archive.recordOpinion(candidate, opinion);
        return opinion;
      },
      /** The same for somebody who only asks: nothing is kept of it. */
      consider: async (params) => brains.analyse(readCandidate(params, runId)),
      revoke: (params) => ({ held: brains.revoke(readMemoryId(params)) }),
      status: () => ({ memory: brains.sizes(), upToMs: brains.upToMs(), ...archive.health() }),
    },
  );
  onStop('socket', () => server.close());
  await heedRevoked(); // What was revoked while nobody listened.
  startConsulting(context, pool);
  context.ready({ port });
}

type Parts = {
  readonly brains: Brains;
  readonly archive: Archive;
  readonly earlier: EarlierReadings;
};

/** From the stream's beginning: after a restart the memory is what it was before. */
async function followMarket(
  { config, log, onStop }: ProcessContext,
  url: string,
  { brains, archive, earlier }: Parts,
): Promise<void> {
  const onFault = (error: unknown): void => log.warn({ err: error }, 'market stream not read');
  const { key } = STREAMS.market;
  let yieldedMs = performance.now();

  const take = (entry: StreamEntry): void => {
    const state = valueOf<MarketState>(key, entry, 'e');
    const former = earlier.take(state);
    const observation = brains.observe(state, former);
    const { market, marketTimeMs } = state.event;
    if (observation.restarted) {
      earlier.rewind(market);
      log.info({ market, marketTimeMs }, 'memory started anew');
    }
    if (observation.reading) earlier.keep(state, observation.reading);
    if (observation.taken) archive.recordObservation(state, observation, former !== undefined);
  };

  const reader = readFrom({
    connection: await connectBlocking(url, {
      name: 'brain-market',
      password: config.passwords.dragonfly,
      onFault,
    }),
    stream: key,
    fromId: '0-0',
    async onEntry(entry) {
      try {
        take(entry);
      } catch (error) {
        // Read again it would be as bad, and for ever: the market stays behind, and so unasked.
        if (!(error instanceof OvermindError)) throw error;
        log.error({ err: error, id: entry.id }, 'unusable market state skipped');
      }
      if (performance.now() - yieldedMs < YIELD_EVERY_MS) return;
      await new Promise((resolve) => setImmediate(resolve));
      yieldedMs = performance.now();
    },
    onFault,
  });
  onStop('market reader', () => reader.stop());
}

type BrainSettings = {
  readonly postgres: string;
  readonly dragonfly: string;
  readonly runId: string;
};

/** What the brain cannot start without; every fault at once. */
function brainSettings({ addresses, runId }: Config): BrainSettings {
  const { postgres, dragonfly } = addresses;
  const faults = [
    postgres ? '' : 'DATABASE_URL: missing',
    dragonfly ? '' : 'DRAGONFLY_URL: missing',
    runId ? '' : 'OVERMIND_RUN_ID: missing',
  ].filter((fault) => fault !== '');
  if (!postgres || !dragonfly || !runId) {
    throw new OvermindError('config/invalid', { faults: faults.join('\n') });
  }
  return { postgres, dragonfly, runId };
}

await runProcess('brain', main);
