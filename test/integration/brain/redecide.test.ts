import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, queryRows, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { recordRevocation } from '../../../adapters/ledger/memory-lineage.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import {
  createMarketStates,
  type StoredLabel,
  type StoredState,
} from '../../../adapters/memory/postgres-market-states.ts';
import { STATE_V1_NAMES } from '../../../adapters/features/state-v1.ts';
import { FAST_POLICY } from '../../../domain/analysis/fast-policy-settings.ts';
import { decide } from '../../../domain/decision/decide.ts';
import { createMarketBrain } from '../../../domain/learning/market-brain.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import { tradeWorkflowId } from '../../../temporal/ids.ts';
import { runCli } from '../../support/cli.ts';
import { marketOf, poolAt, someSettings } from '../../support/decisions.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../../support/llm-server.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { anOverlay, aProvider } from '../../support/overlays.ts';
import { mintOf } from '../../../workers/brain/open-overlay.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const RUN = 'test';
const MARKET = 'SOL-USDC';
/** So many that the calibration has been fitted, and each fiftieth state is decided on. */
const states = await syntheticStates(1_200);
const home = mkdtempSync(join(tmpdir(), 'overmind-redecide-'));

/** Of the decisions: the one that a model had its say in. */
const ASKED = 12;
/** Confirms as the model that was asked then, and vetoes as any other and in other words. */
const model: LlmServer = await llmServer((response) => {
  const body = JSON.parse(model.asked.at(-1) ?? '{}') as {
    model: string;
    messages: { content: string }[];
  };
  const isThen = body.model === 'small-model' && body.messages[1]?.content.includes('advice_v1');
  const verdict = isThen ? 'confirm' : 'veto';
  const advice = { verdict, reasons: ['edge-thin'], confidence: 70 };
  saying(aCompletion({ content: JSON.stringify(advice) }))(response);
});
const overlay = anOverlay([aProvider(model.url)], { featureNames: STATE_V1_NAMES });

let servers: TestServers;
let pool: LedgerPool;
const decided: Candidate[] = [];
const cli = (...args: readonly string[]) =>
  runCli(args, { OVERMIND_HOME: home, DATABASE_URL: servers.postgresUrl });
const cliWithModel = (...args: readonly string[]) =>
  runCli(args, {
    ...{ OVERMIND_HOME: home, DATABASE_URL: servers.postgresUrl },
    ...{ OVERMIND_LLM_URL: model.url, OVERMIND_LLM_MODEL: 'small-model' },
  });

/** Lives a run as the brain and the trading worker do, and stores what they store. */
async function liveARun(): Promise<void> {
  const brain = createMarketBrain(MARKET);
  const records = createTradeRecords(pool, UNSEALED);
  const stored: StoredState[] = [];
  const labels: StoredLabel[] = [];
  for (const [at, state] of states.entries()) {
    const { reading, labels: known } = brain.observe(state);
    labels.push(...known.map((label) => ({ ...label, market: MARKET })));
    const { event, features, featureVersion } = state;
    if (!features) continue;
    const { marketTimeMs, close } = event;
    const policyVersion = FAST_POLICY.version;
    stored.push({
      ...{ market: MARKET, marketTimeMs, featureVersion, close, features, policyVersion, reading },
    });
    if (at % 50 !== 0) continue;
    const candidate = candidateOf(state);
    const opinion = brain.analyse(candidate);
    // One of them was discussed with a model.
    const isAsked = decided.length === ASKED;
    const question = { candidate, opinion, mint: mintOf(MARKET) };
    const inputs = {
      pool: poolAt(close),
      lastEventMs: marketTimeMs,
      settings: someSettings({ convictionMin: 0, evGate: 'observe' }),
      consultation: isAsked ? await overlay.consult(question) : undefined,
    };
    const decision = decide({ candidate, opinion, market: marketOf(MARKET), ...inputs });
    const workflowId = tradeWorkflowId(MARKET, candidate.signalId);
    await records.recordAnalysed({ candidate, workflowId, opinion });
    await records.recordDecision({ signalId: candidate.signalId, decision, inputs });
    decided.push(candidate);
  }
  const memory = createMarketStates(RUN, (operation, query) => queryRows(pool, operation, query));
  await memory.recordStates(stored);
  await memory.recordLabels(labels);
}

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  const text = `insert into runs (run_id, feed, mode, wallet) values ($1, '{}', 'paper', 'w')`;
  await pool.query(text, [RUN]);
  await liveARun();
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
  await model.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('overmind redecide', () => {
  it('makes every decision of a run again, byte for byte, from what is stored', async () => {
    const { code, json, stderr } = await cli('redecide', '--since', '2000-01-01', '--json');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { trades } = json() as { trades: Record<string, unknown>[] };
    expect(trades.map(({ signalId }) => signalId)).toEqual(decided.map(({ signalId }) => signalId));
    expect(trades.filter(({ same }) => !same)).toEqual([]);
    // Not all of one kind, or the same could be said of nothing.
    const kinds = new Set(trades.map(({ decidedNow }) => (decidedNow as { trade: boolean }).trade));
    expect(kinds).toEqual(new Set([false, true]));
  });

  it('takes the recorded answer of the same model to the same words: same bytes, nothing spent', async () => {
    const before = model.asked.length;
    const asked = decided[ASKED]!.signalId;
    const { stdout, stderr } = await cliWithModel('redecide', asked, '--model', 'small-model');
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /overlay then +confirm \(edge-thin; 70\) · primary small-model · advice_v1/,
    );
    expect(stdout).toMatch(
      /overlay now +confirm \(edge-thin; 70\) · primary small-model · advice_v1/,
    );
    expect(stdout).toMatch(/the same, byte for byte/);
    expect(model.asked.length).toBe(before);
  });

  it.each([
    ['another model', ['--model', 'larger-model'], /primary larger-model · advice_v1/],
    ['other words', ['--prompt', 'advice_v2'], /primary small-model · advice_v2/],
  ])('asks %s again and shows what it would have changed', async (_what, args, who) => {
    const asked = decided[ASKED]!.signalId;
    const { code, stdout } = await cliWithModel('redecide', asked, ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/overlay now +veto \(edge-thin; 70\)/);
    expect(stdout).toMatch(who);
    expect(stdout).toMatch(/decided then +buy for .*\ndecided now +no trade/);
  });

  it('asks of many, with what it would have changed and at what cost', async () => {
    const args = ['redecide', '--since', '2000-01-01', '--model', 'larger-model'];
    const [text, data] = [await cliWithModel(...args), await cliWithModel(...args, '--json')];
    expect(text.stdout).toMatch(/overlay then +overlay now/);
    expect(text.stdout).toMatch(/Asking cost at most \$0\.\d{6}/);
    const { trades } = data.json() as { trades: Record<string, unknown>[] };
    expect(trades).toHaveLength(decided.length);
    expect(trades.every(({ decidedNow }) => !(decidedNow as { trade: boolean }).trade)).toBe(true);
    expect(trades[0]).toMatchObject({ adviceNow: { answered: true, model: 'larger-model' } });
  });

  it('refuses to ask where no model is configured, and words that there are not', async () => {
    const asked = decided[ASKED]!.signalId;
    const unconfigured = await cli('redecide', asked, '--prompt', 'advice_v2');
    expect(unconfigured.code).toBe(2);
    expect(unconfigured.stderr).toMatch(/--prompt: got none configured, .*OVERMIND_LLM_URL/);
    const unknown = await cliWithModel('redecide', asked, '--prompt', 'advice_v9');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/advice_v9.*Allowed choices are advice_v1, advice_v2/);
  });

  it('lets no memory be revoked in hindsight', async () => {
    const last = decided.at(-1)!;
    const row = await pool.query(`select opinion from trades where signal_id = $1`, [
      last.signalId,
    ]);
    const [voter] = row.rows[0].opinion.neighbours as { id: string }[];
    const marketTimeMs = Number(voter?.id.split('@')[1]);
    await recordRevocation(pool, RUN, { market: MARKET, marketTimeMs }, 'a wrong print');
    const { stdout } = await cli('redecide', last.signalId);
    expect(stdout).toMatch(/the same, byte for byte/);
  });

  it('shows what differs, and counts it among many', async () => {
    const [bought] = (
      await pool.query(`select signal_id from trades where decision -> 'trade' = 'true' limit 1`)
    ).rows as { signal_id: string }[];
    await pool.query(
      `update trades set decision_inputs = jsonb_set(decision_inputs, '{settings,convictionMin}', '1.1')
       where signal_id = $1`,
      [bought?.signal_id],
    );
    const one = await cli('redecide', bought?.signal_id ?? '');
    expect(one.stdout).toMatch(/decided then +buy for .*\ndecided now +no trade/);
    expect(one.stdout).toMatch(/decision\.trade +true +false/);
    const many = await cli('redecide', '--since', String(decided[0]?.marketTimeMs));
    expect(many.stdout).toMatch(/\d+ decisions: \d+ the same, .*; 1 changed, 1 of them between/);
  });

  it.each([
    ['nothing', [], /one trade, or --since/],
    ['both', ['x', '--since', '2025-01-01'], /one trade, or --since/],
    ['a policy that this version has not', ['x', '--policy', 'fast_v9'], /--policy: got fast_v9/],
    ['a time that is none', ['--since', 'yesterday'], /expected a time/],
  ])('refuses %s', async (_what, args, says) => {
    const { code, stderr } = await cli('redecide', ...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });
});
