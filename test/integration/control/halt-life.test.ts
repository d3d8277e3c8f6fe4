import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRpcClient } from '../../../adapters/chain/rpc-client.ts';
import { readWalletBalances } from '../../../adapters/chain/wallet-balances.ts';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import { decodePermit } from '../../../domain/risk/permit-codec.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { emergencyStopWorkflowId, NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import { haltProgress } from '../../../temporal/messages.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import { MARKET, startHaltingSystem, type HaltingSystem } from '../../support/halting-system.ts';

const soon = { timeout: 30_000, interval: 50 };

let system: HaltingSystem;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let workflows: Client['workflow'];
let held: Candidate;
let stopId: string;

beforeAll(async () => {
  system = await startHaltingSystem();
  temporal = await connectTemporal(system.servers.temporalAddress);
  workflows = new Client({ connection: temporal, namespace: NAMESPACE }).workflow;
}, 180_000);

afterAll(async () => {
  await temporal?.close();
  await system?.stop();
});

async function control() {
  const { rows } = await system.pool.query(
    `select halt_epoch::int as "haltEpoch", halted, (select count(*)::int from halts) as stops
     from control`,
  );
  return rows[0] as { haltEpoch: number; halted: boolean; stops: number };
}

async function executorStatus() {
  const client = createExecutorClient(`${system.home}/run/executor.sock`);
  const { haltEpoch, halted } = await client.status(1_000);
  client.close();
  return { haltEpoch, halted };
}

async function breachesOf({ signalId }: Candidate): Promise<readonly string[]> {
  const { rows } = await system.pool.query('select breaches from trades where signal_id = $1', [
    signalId,
  ]);
  return (rows[0] as { breaches: { rule: string }[] }).breaches.map(({ rule }) => rule);
}

async function walletDelta(): Promise<bigint> {
  const { rows } = await system.pool.query('select baseline from runs');
  const { baseline } = rows[0] as { baseline: Record<string, string> };
  const client = createRpcClient({ url: system.simnet.url, timeoutMs: 5_000 });
  const { balances } = await readWalletBalances(client, system.wallet, 'finalized');
  const mint = 'So11111111111111111111111111111111111111112';
  const now = balances.find(({ asset }) => asset === mint)?.amount ?? 0n;
  return now - BigInt(baseline[mint] ?? '0');
}

/** In this order: a halt from its first second to the trades that follow it. */
describe('a halt', () => {
  it('has two operators who may end it, each with a key of their own', async () => {
    for (const name of ['ada', 'bob']) {
      const { code, json } = await system.cli(['operator', 'add', name, '--json']);
      expect(code).toBe(0);
      expect(json()).toMatchObject({ operator: name });
    }
    const again = await system.cli(['operator', 'add', 'ada', '--json']);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/which exists/);
    expect((await system.cli(['operator', 'add', '../eve'])).code).toBe(2);
  });

  it('does not hold yet: a position is opened', async () => {
    held = await system.offer(1);
    await system.untilStage(held, 'managing');
    expect(await control()).toEqual({ haltEpoch: 0, halted: false, stops: 0 });
    const refusal = await system.cli([
      'resume',
      '--as',
      'ada',
      '--as',
      'bob',
      '--reason',
      'why not',
      '--json',
    ]);
    expect(refusal.code).toBe(5);
    expect(refusal.json()).toMatchObject({ error: { code: 'control/refused' } });
  });

  it('is milder as reduce-only, which an operator switches on and off', async () => {
    expect((await system.cli(['reduce-only', 'on', '--market', MARKET])).code).toBe(0);
    const refused = await system.offer(2);
    await system.untilStage(refused, 'refused');
    expect(await breachesOf(refused)).toContain('reduce-only');
    const status = await system.cli(['status', '--json']);
    expect(status.json()).toMatchObject({ markets: { [MARKET]: { state: 'reduce-only' } } });
    const off = await system.cli(['reduce-only', 'off', '--market', MARKET, '--json']);
    expect(off.json()).toMatchObject({ changed: true });
    const later = await system.offer(3);
    await system.untilStage(later, 'refused');
    expect(await breachesOf(later)).not.toContain('reduce-only');
  });

  it('comes by every road at once, counts once, and is QUIESCED', async () => {
    const { code, json } = await system.cli(['stop', '--reason', 'a test', '--json']);
    const report = json();
    stopId = String(report['stopId']);
    expect(report).toMatchObject({ fenced: true, haltEpoch: 1, quiesced: true });
    const roads = report['roads'] as { road: string; state: string }[];
    expect(roads.map(({ road }) => road)).toEqual(['executor', 'postgres', 'bus', 'temporal']);
    expect(roads.map(({ state }) => state)).not.toContain('failed');
    expect(code).toBe(0);
    expect(await executorStatus()).toEqual({ haltEpoch: 1, halted: true });
    await expect.poll(control, soon).toEqual({ haltEpoch: 1, halted: true, stops: 1 });
  });

  it('is readable in its workflow, and its trades have been told', async () => {
    const handle = workflows.getHandle(emergencyStopWorkflowId(stopId));
    const progress = () => handle.query(haltProgress);
    await expect
      .poll(progress, soon)
      .toMatchObject({ stage: 'quiesced', haltEpoch: 1, reason: 'a test', tradesTold: 1 });
    const { searchAttributes } = await handle.describe();
    expect(searchAttributes).toMatchObject({ Halted: [true], HaltEpoch: [1] });
    const trade = workflows.getHandle(tradeWorkflowId(MARKET, held.signalId));
    const attributes = async () => (await trade.describe()).searchAttributes;
    await expect.poll(attributes, soon).toMatchObject({ Halted: [true], HaltEpoch: [1] });
  });

  it('approves nothing while it holds', async () => {
    const refused = await system.offer(4);
    await system.untilStage(refused, 'refused');
    expect(await breachesOf(refused)).toContain('halted');
  });

  it('survives the death of the executor', async () => {
    await system.executor().kill();
    await system.startExecutor();
    expect(system.executor().facts).toMatchObject({ halted: true, haltEpoch: 1 });
    expect(await control()).toEqual({ haltEpoch: 1, halted: true, stops: 1 });
  });

  it('is flattened: what is held is sold under this very halt, proven from the chain', async () => {
    const { code, json, stderr } = await system.cli(['flatten', '--json']);
    expect(json(), stderr).toMatchObject({
      fenced: true,
      flat: true,
      haltEpoch: 1,
      stage: 'flat',
      notFlat: [],
      stopId,
    });
    expect(code).toBe(0);
    await system.untilStage(held, 'closed');
    const { rows } = await system.pool.query("select p, status from permits where leg = 'exit'");
    expect(rows).toHaveLength(1);
    const { p, status } = rows[0] as { p: string; status: string };
    expect(decodePermit(p)).toMatchObject({ reduceOnly: true, flattenOf: 1, haltEpoch: 1 });
    expect(status).toBe('landed');
    expect(await walletDelta()).toBe(0n);
    expect(await control()).toEqual({ haltEpoch: 1, halted: true, stops: 1 });
  });

  it.each([
    ['one operator', ['--as', 'ada'], /signed by 1 with a key/],
    ['the same one twice', ['--as', 'ada', '--as', 'ada'], /signed by 1 with a key/],
    ['somebody without a key', ['--as', 'ada', '--as', 'eve'], /no private key of eve/],
  ])('is not lifted by %s', async (_who, who, why) => {
    const refusal = await system.cli(['resume', ...who, '--reason', 'please', '--json']);
    expect(refusal.stderr).toMatch(why);
    expect(refusal.code).toBe(5);
    expect(await executorStatus()).toEqual({ haltEpoch: 1, halted: true });
    expect(await control()).toMatchObject({ haltEpoch: 1, halted: true });
  });

  it('is lifted by two, under the next epoch', async () => {
    const { code, json, stderr } = await system.cli([
      'resume',
      '--as',
      'ada',
      '--as',
      'bob',
      '--reason',
      'all is well',
      '--json',
    ]);
    expect(stderr).toBe('');
    expect(json()).toEqual({ resumed: true, haltEpoch: 2 });
    expect(code).toBe(0);
    expect(await executorStatus()).toEqual({ haltEpoch: 2, halted: false });
    expect(await control()).toEqual({ haltEpoch: 2, halted: false, stops: 1 });
    const { rows } = await system.pool.query('select reason, signatures from resumes');
    expect(rows).toMatchObject([
      { reason: 'all is well', signatures: [{ operator: 'ada' }, { operator: 'bob' }] },
    ]);
    const result = workflows.getHandle(emergencyStopWorkflowId(stopId)).result();
    expect(await result).toMatchObject({ end: 'resumed', haltEpoch: 1 });
  });

  it('leaves a system that trades on, also over a restart', async () => {
    const next = await system.offer(10);
    await system.untilStage(next, 'managing');
    const { rows } = await system.pool.query(
      'select halt_epoch::int as epoch from permits where signal_id = $1',
      [next.signalId],
    );
    expect(rows).toEqual([{ epoch: 2 }]);
    await system.executor().kill();
    await system.startExecutor();
    expect(system.executor().facts).toMatchObject({ halted: false, haltEpoch: 2 });
  });

  it('also begins with a workflow that somebody starts by hand, without any input', async () => {
    const handle = await workflows.start('emergencyStopWorkflow', {
      workflowId: 'by-hand',
      taskQueue: 'trading',
      args: [],
    });
    await expect.poll(executorStatus, soon).toEqual({ haltEpoch: 3, halted: true });
    await expect.poll(control, soon).toEqual({ haltEpoch: 3, halted: true, stops: 2 });
    await expect
      .poll(() => handle.query(haltProgress), soon)
      .toMatchObject({ haltEpoch: 3, tradesTold: 1 });
  });
});
