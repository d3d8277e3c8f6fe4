import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus } from '../../../adapters/bus/connect.ts';
import { readTradeLife, type TradeLife } from '../../../adapters/ledger/trade-life.ts';
import { createBrainClient, type BrainClient } from '../../../adapters/socket-rpc/brain-client.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import { startBrain, type RunningBrain } from '../../support/brain.ts';
import { MARKET, startHaltingSystem, type HaltingSystem } from '../../support/halting-system.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../../support/llm-server.ts';
import { freePort } from '../../support/own-process.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { RUN } from '../../support/settling.ts';
import { createSwingingMarket, type SwingingMarket } from '../../support/swinging-market.ts';
import { UNSEALED } from '../../support/unsealed.ts';
import { until } from '../../support/until.ts';

/** The trading worker was given the address of the first one. */
const NAMES = ['named', 'other'] as const;
type Name = (typeof NAMES)[number];

/** So that no trade enters but one whose advice is missing. */
const ADVICE = '{"verdict":"veto","reasons":["trend-against"],"confidence":88}';
const LIMIT_MS = 180_000;
const TRADES_MAX = 40;
const LATER = 6;
/** Nothing between here and there is seconds long; this is for a machine that does much else. */
const SOON_MS = 10_000;

let memory: TestServers;
let system: HaltingSystem;
let market: SwingingMarket;
let client: Client;
let model: LlmServer;
const brains = {} as Record<Name, RunningBrain>;
const sockets = {} as Record<Name, BrainClient>;
const ports = {} as Record<Name, number>;
const homes = {} as Record<Name, string>;
const stops: (() => unknown)[] = [];
/** By whom the model was asked, each time. */
const askers: Name[] = [];
/** Who is not answered when it asks next. */
let kept: { readonly name: Name; readonly whenAsked: () => void } | undefined;

/** The model knows its askers by the address that each was given. */
const urlFor = (name: Name): string => model.url.replace('/v1', `/${name}/v1`);

beforeAll(async () => {
  model = await llmServer((response, { url = '' }) => {
    const asker: Name = url.startsWith('/named/') ? 'named' : 'other';
    askers.push(asker);
    if (kept?.name !== asker) return saying(aCompletion({ content: ADVICE }))(response);
    kept.whenAsked();
    kept = undefined;
  });
  stops.push(() => model.stop());
  for (const name of NAMES) {
    ports[name] = await freePort();
    homes[name] = mkdtempSync(join(tmpdir(), `overmind-brain-${name}-`));
    stops.push(() => rmSync(homes[name], { recursive: true, force: true }));
  }
  memory = await startTestServers({ chroma: true });
  stops.push(() => memory.stop());
  system = await startHaltingSystem({
    OVERMIND_AI_MODE: 'enabled',
    OVERMIND_LLM_URL: model.url,
    OVERMIND_BRAIN_PORT: String(ports.named),
  });
  stops.push(() => system.stop());
  const bus = await connectBus(system.servers.dragonflyUrl, { name: 'test-market' });
  stops.push(() => bus.disconnect());
  market = createSwingingMarket(bus, RUN);
  await market.publishHistory();
  const connection = await connectTemporal(system.servers.temporalAddress);
  stops.push(() => connection.close());
  client = new Client({ connection, namespace: NAMESPACE });
  await Promise.all(NAMES.map(start));
}, LIMIT_MS);

afterAll(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
}, 60_000);

/** A life of the brain at its own address; answers when it has read the market and consults. */
async function start(name: Name): Promise<void> {
  const brain = await startBrain({
    OVERMIND_HOME: homes[name],
    OVERMIND_RUN_ID: RUN,
    DATABASE_URL: system.servers.postgresUrl,
    DRAGONFLY_URL: system.servers.dragonflyUrl,
    CHROMA_URL: memory.chromaUrl,
    TEMPORAL_ADDRESS: system.servers.temporalAddress,
    OVERMIND_AI_MODE: 'enabled',
    OVERMIND_LLM_URL: urlFor(name),
    OVERMIND_BRAIN_PORT: String(ports[name]),
  });
  brains[name] = brain;
  const socket = createBrainClient({ host: '127.0.0.1', port: ports[name] });
  sockets[name] = socket;
  stops.push(
    () => brain.stop(),
    () => socket.close(),
  );
  await until(brain.output, () => brain.output().includes('overlay is served'));
  const read = async () => (await socket.read(SOON_MS)).memory[MARKET] ?? 0;
  await until('the market’s history', async () => (await read()) > 500);
}

/** Resolves when this one has asked the model and waits for an answer that does not come. */
const keepWaiting = (name: Name): Promise<'asked'> =>
  new Promise((resolve) => (kept = { name, whenAsked: () => resolve('asked') }));

const ENDS = ['declined', 'refused', 'managing', 'failed', 'expired'];

async function untilOver({ signalId }: Candidate): Promise<string> {
  const text = 'select stage from trades where signal_id = $1';
  return until(`end of ${signalId}`, async () => {
    const { rows } = await system.pool.query<{ stage: string }>(text, [signalId]);
    const stage = rows[0]?.stage ?? '';
    return ENDS.includes(stage) && stage;
  });
}

type Told = {
  readonly stage: string;
  readonly life: TradeLife | undefined;
  /** What was done up to the approval, in order, by Temporal's history. */
  readonly steps: readonly string[];
};

async function endOf(candidate: Candidate): Promise<Told> {
  const stage = await untilOver(candidate);
  const { signalId } = candidate;
  const workflow = client.workflow.getHandle(tradeWorkflowId(MARKET, signalId));
  // The ledger knows an end before the history does.
  if (stage !== 'managing') await workflow.result();
  const life = await readTradeLife(system.pool, signalId, UNSEALED);
  return { stage, life, steps: stepsIn(await workflow.fetchHistory()) };
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

function stepsIn({ events }: History): readonly string[] {
  const steps = (events ?? []).flatMap((event) => {
    // A local activity leaves a marker when it has ended, any other an event when it is wanted.
    const bytes = event.markerRecordedEventAttributes?.details?.['data']?.payloads?.[0]?.data;
    const local =
      bytes && (JSON.parse(Buffer.from(bytes).toString()) as { activity_type?: string });
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return local?.activity_type ?? type ?? [];
  });
  return steps.slice(0, steps.indexOf('approve') + 1 || steps.length);
}

/** Offers candidates until the model was asked about one by the brain that it does not answer. */
async function untilAsked(asked: Promise<'asked'>): Promise<Candidate> {
  for (let n = 0; n < TRADES_MAX; n += 1) {
    const candidate = await market.offer();
    if ((await Promise.race([asked, untilOver(candidate)])) === 'asked') return candidate;
  }
  throw new Error(`never asked about ${TRADES_MAX} candidates`);
}

const vetoed = {
  stage: 'declined',
  steps: ['analyse', 'consult', 'decide'],
  life: { consulted: { consultation: { answered: true, advice: { verdict: 'veto' } } } },
};
const withoutAdvice = {
  steps: ['analyse', 'consult', 'decide', 'approve'],
  life: {
    consulted: { consultation: { answered: false, reason: 'timeout', failed: [] } },
    decision: { trade: true },
  },
};

describe('two brains of one run', () => {
  it(
    'hear the same market: they think the same of it, and keep one memory',
    async () => {
      const candidate = await market.offer();
      await endOf(candidate);
      const [first, second] = await Promise.all(
        NAMES.map((name) => sockets[name].consider(candidate, SOON_MS)),
      );
      expect(first).toMatchObject({ direction: 'up', known: true });
      expect(second).toEqual(first);
      for (const name of NAMES) {
        const status = () => sockets[name].read(SOON_MS);
        await until('all is written', async () => (await status()).waiting === 0);
        expect(await status()).toMatchObject({ chroma: 'ok', ledger: 'ok', dropped: 0 });
      }
    },
    LIMIT_MS,
  );

  it(
    'both serve the queue of consultations',
    async () => {
      for (let n = 0; n < TRADES_MAX && new Set(askers).size < 2; n += 1) {
        expect(await endOf(await market.offer())).toMatchObject(vetoed);
      }
      expect([...new Set(askers)].toSorted()).toEqual(NAMES);
    },
    LIMIT_MS,
  );

  it(
    'are one when one is killed with a question in hand: its trade enters by the fast opinion, once',
    async () => {
      const candidate = await untilAsked(keepWaiting('other'));
      const killedMs = performance.now();
      await brains.other.kill();
      // Offered at this moment: what the dead one had asked Temporal for takes no question away.
      expect(await endOf(await market.offer())).toMatchObject(vetoed);
      const { stage, life, steps } = await endOf(candidate);
      expect({ life, steps }).toMatchObject(withoutAdvice);
      expect(stage).toBe('managing');
      expect(performance.now() - killedMs).toBeLessThan(SOON_MS);
      const { rows } = await system.pool.query(
        `select p.status, count(s.*)::int as settled from permits p
         left join settlements s using (permit_id) group by p.permit_id`,
      );
      expect(rows).toEqual([{ status: 'landed', settled: 1 }]);
    },
    LIMIT_MS,
  );

  it(
    'leave every later question to the one that is there',
    async () => {
      const before = askers.length;
      for (let n = 0; n < LATER; n += 1) {
        expect(await endOf(await market.offer())).toMatchObject(vetoed);
      }
      expect(askers.slice(before)).toEqual(Array.from({ length: LATER }, () => 'named'));
    },
    LIMIT_MS,
  );

  it(
    'are none to trading while the one that it was given is away, whoever else is there',
    async () => {
      const candidate = await untilAsked(keepWaiting('named'));
      await Promise.all([brains.named.kill(), start('other')]);
      // It had its opinion. Risk refuses it, since the market's one position is open.
      expect(await endOf(candidate)).toMatchObject({ ...withoutAdvice, stage: 'refused' });

      const begunMs = performance.now();
      expect(await endOf(await market.offer())).toMatchObject({
        stage: 'declined',
        steps: ['analyse', 'decide'],
        life: { decision: { trade: false, reasons: ['brain-silent'] } },
      });
      expect(performance.now() - begunMs).toBeLessThan(SOON_MS);

      await start('named');
      expect(await endOf(await market.offer())).toMatchObject(vetoed);
    },
    LIMIT_MS,
  );
});
