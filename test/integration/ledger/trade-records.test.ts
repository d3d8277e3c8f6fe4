import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readAudit } from '../../../adapters/ledger/audit.ts';
import { openTradeRow, recordAbandoned } from '../../../adapters/ledger/trade-rows.ts';
import { readRecordedDecision } from '../../../adapters/ledger/recorded-decisions.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import { decisionFromWire } from '../../../domain/decision/decision-wire.ts';
import type { TradeRecords } from '../../../domain/decision/trade-records.ts';
import { basisPoints } from '../../../domain/shared/units.ts';
import { poolAt, someSettings } from '../../support/decisions.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { anApprover, entryOf, openRun, resetLedger } from '../../support/settling.ts';
import { aCandidate, aDecision, aDecline, anOpinion } from '../../support/trade-wires.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const candidate = aCandidate();
const { signalId } = candidate;
const analysed = { candidate, workflowId: 'trade/1', opinion: anOpinion() };
const inputs = {
  pool: poolAt('146.74'),
  lastEventMs: candidate.marketTimeMs,
  settings: someSettings(),
  consultation: undefined,
};
const decided = { signalId, inputs, decision: decisionFromWire(aDecision({ exploring: true })) };
const declined = { signalId, inputs, decision: decisionFromWire(aDecline('flat', 'quiet')) };

let servers: TestServers;
let pool: LedgerPool;
let records: TradeRecords;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
  await openRun(pool);
  records = createTradeRecords(pool, UNSEALED);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

beforeEach(() => resetLedger(pool));

async function trade(): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await pool.query(
    `select stage, reasons, conviction, expected_value_bps, exploring, notional, opinion, decision,
      ended_at is not null as ended from trades`,
  );
  expect(rows).toHaveLength(1);
  return rows[0];
}

describe('a trade that waits for a person', () => {
  const said = { operator: 'alice', reason: 'looks right' };
  const again = {
    ...{ price: '147', solPrice: '147', receivedNs: '1', collarMax: basisPoints(100), ...said },
    approved: { notional: '200000000', quotedOut: '1360000000' },
  };
  const audited = async (action: string) =>
    (await readAudit(pool, 20)).filter((entry) => entry.action === action);

  it('is listed as waiting, and goes on with the second decision, which the audit keeps', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(decided);
    await records.recordWaiting(signalId);
    expect(await trade()).toMatchObject({ stage: 'waiting', ended: false });
    const before = (await audited('entry approved')).length;
    await records.recordDecision({ ...decided, inputs: { ...inputs, again } });
    await records.recordDecision({ ...decided, inputs: { ...inputs, again } });
    expect(await trade()).toMatchObject({ stage: 'approving' });
    expect(await readRecordedDecision(pool, signalId, UNSEALED)).toMatchObject({
      inputs: { again },
    });
    const entries = await audited('entry approved');
    expect(entries).toHaveLength(before + 1);
    expect(entries[0]?.subject).toMatch(/"operator": "alice"/);
  });

  it('ends when rejected, which the audit keeps, and waits no more', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(decided);
    const before = (await audited('entry rejected')).length;
    const reasons = ['approval-rejected', 'Rejected by bob (too large).'];
    await recordAbandoned(pool, { signalId, end: 'declined', reasons });
    await records.recordWaiting(signalId);
    expect(await trade()).toMatchObject({ stage: 'declined', ended: true });
    const entries = await audited('entry rejected');
    expect(entries).toHaveLength(before + 1);
    expect(entries[0]?.subject).toMatch(/Rejected by bob/);
  });
});

describe('what the brain writes of a trade', () => {
  it.each([
    ['a row that was opened before', true],
    ['a row that it has to make', false],
  ])('is its opinion, in %s', async (_where, isOpen) => {
    if (isOpen) await openTradeRow(pool, candidate, 'trade/1');
    await records.recordAnalysed(analysed);
    await records.recordAnalysed(analysed);
    expect(await trade()).toMatchObject({
      stage: 'deciding',
      conviction: 0.82,
      opinion: analysed.opinion,
      ended: false,
    });
  });

  it('keeps an opinion that a repeat did not get', async () => {
    await records.recordAnalysed(analysed);
    await records.recordAnalysed({ ...analysed, opinion: undefined });
    expect(await trade()).toMatchObject({ conviction: 0.82, opinion: analysed.opinion });
  });

  it('is its decision, with all that people want to see of it', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(decided);
    await records.recordAnalysed(analysed);
    expect(await trade()).toMatchObject({
      stage: 'approving',
      reasons: decided.decision.reasons,
      expected_value_bps: 14.2,
      exploring: true,
      notional: '200000000',
      decision: { trade: true, reasons: decided.decision.reasons },
      ended: false,
    });
  });

  it('keeps what it was decided from, to the base unit', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(decided);
    expect(await readRecordedDecision(pool, signalId, UNSEALED)).toMatchObject({
      candidate,
      inputs,
    });
    await records.recordDecision({ ...decided, inputs: undefined });
    expect(await readRecordedDecision(pool, signalId, UNSEALED)).toBeUndefined();
  });

  it('ends a declined trade, which then stays as it is', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(declined);
    const ended = { stage: 'declined', reasons: ['flat', 'quiet'], ended: true, notional: null };
    expect(await trade()).toMatchObject(ended);
    await records.recordDecision(decided);
    await records.recordAnalysed({ ...analysed, opinion: anOpinion({ conviction: 0.1 }) });
    expect(await trade()).toMatchObject({ ...ended, conviction: 0.82 });
  });

  it('never touches a trade that has a permit', async () => {
    await records.recordAnalysed(analysed);
    await records.recordDecision(decided);
    expect(await anApprover(pool)(entryOf(candidate))).toMatchObject({ approved: true });
    await records.recordDecision(declined);
    await records.recordAnalysed({ ...analysed, opinion: anOpinion({ conviction: 0.1 }) });
    expect(await trade()).toMatchObject({
      stage: 'executing',
      exploring: true,
      conviction: 0.82,
      ended: false,
    });
  });
});
