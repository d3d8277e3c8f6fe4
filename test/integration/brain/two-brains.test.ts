import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { startBrain, type RunningBrain } from '../../support/brain.ts';
import { consultConfig, runConsultedTrade } from '../../support/consulted-trades.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../../support/llm-server.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aRunRow } from '../../support/trade-ledger.ts';
import { until } from '../../support/until.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];

const ADVICE = '{"verdict":"confirm","reasons":["evidence-agrees"],"confidence":80}';
const LIMIT_MS = 120_000;
const TRADES_MAX = 40;

let servers: TestServers;
let pool: LedgerPool;
let connection: NativeConnection;
let bundlePath: string;
let model: LlmServer;
let brains: Readonly<Record<Name, RunningBrain>>;
const homes: string[] = [];
/** By whom the model was asked, each time. */
const askers: Name[] = [];
/** Called with whoever asks next, who then hears nothing. */
let whenAsked: ((asker: Name) => void) | undefined;

/** The model knows its askers by the address that each was given. */
const urlFor = (name: Name): string => model.url.replace('/v1', `/${name}/v1`);

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true, postgres: true, dragonfly: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await aRunRow(pool, 'r1', 'w');
  connection = await connectNative(servers.temporalAddress);
  bundlePath = await workflowBundleIn(servers.home);
  model = await llmServer((response, { url = '' }) => {
    const asker: Name = url.startsWith('/one/') ? 'one' : 'two';
    askers.push(asker);
    const holds = whenAsked;
    whenAsked = undefined;
    if (holds) holds(asker);
    else saying(aCompletion({ content: ADVICE }))(response);
  });
  const [one, two] = await Promise.all([start('one'), start('two')]);
  brains = { one, two };
}, 180_000);

afterAll(async () => {
  await Promise.all(Object.values(brains ?? {}).map((brain) => brain.stop()));
  await model?.stop();
  await connection?.close();
  await pool?.end();
  await servers?.stop();
  for (const home of homes) rmSync(home, { recursive: true, force: true });
}, 60_000);

async function start(name: Name): Promise<RunningBrain> {
  const home = mkdtempSync(join(tmpdir(), `overmind-brain-${name}-`));
  homes.push(home);
  const brain = await startBrain({
    OVERMIND_HOME: home,
    OVERMIND_RUN_ID: 'r1',
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_AI_MODE: 'enabled',
    OVERMIND_LLM_URL: urlFor(name),
  });
  await until('consulting', async () => brain.output().includes('overlay is served'));
  return brain;
}

const runTrade = () =>
  runConsultedTrade({ connection, bundlePath, config: consultConfig(servers, model.url) });

/** The trade is decided once, whoever answered or did not. */
const DECIDED = ['analyse', 'decide', 'approve'];

describe('two brains', () => {
  it(
    'both serve the queue of consultations',
    async () => {
      for (let n = 0; n < TRADES_MAX && new Set(askers).size < 2; n += 1) {
        const { told } = await runTrade();
        expect(told[0]).toMatchObject({ answered: true });
      }
      expect([...new Set(askers)].toSorted()).toEqual(NAMES);
    },
    LIMIT_MS,
  );

  it(
    'are one less when one is killed with a question in hand: its trade goes on with the fast opinion',
    async () => {
      const asking = new Promise<Name>((resolve) => (whenAsked = resolve));
      const trade = runTrade();
      const asker = await asking;
      await brains[asker].kill();
      const { told, calls, result, scheduled } = await trade;
      expect(told).toEqual([
        expect.objectContaining({ answered: false, reason: 'timeout', failed: [] }),
      ]);
      expect(calls).toEqual(DECIDED);
      expect(result.end).toBe('refused');
      // Asked once: a second answer would come too late.
      expect(scheduled).toEqual(['consult', 'approve']);
      const other: Name = asker === 'one' ? 'two' : 'one';

      // The server still holds what the dead one had asked for; each costs one trade its advice.
      await until(
        'the other one answers',
        async () => (await runTrade()).told[0]?.answered === true,
      );
      const before = askers.length;
      for (let n = 0; n < 4; n += 1) {
        const { told: heard, calls: steps } = await runTrade();
        expect(heard[0]).toMatchObject({ answered: true, advice: { verdict: 'confirm' } });
        expect(steps).toEqual(DECIDED);
      }
      expect(askers.slice(before)).toEqual([other, other, other, other]);
    },
    LIMIT_MS,
  );
});
