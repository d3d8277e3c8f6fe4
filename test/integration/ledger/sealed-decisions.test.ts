import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdviceRecords } from '../../../adapters/ledger/advice-records.ts';
import { readAudit } from '../../../adapters/ledger/audit.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readRecordedDecision } from '../../../adapters/ledger/recorded-decisions.ts';
import { readTradeLife } from '../../../adapters/ledger/trade-life.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import { createFieldSeal } from '../../../adapters/payloads/field-seal.ts';
import { decisionFromWire } from '../../../domain/decision/decision-wire.ts';
import { basisPoints } from '../../../domain/shared/units.ts';
import { aConsultation } from '../../support/consultations.ts';
import { poolAt, someSettings } from '../../support/decisions.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { openRun, resetLedger } from '../../support/settling.ts';
import { aCandidate, aDecision, anOpinion } from '../../support/trade-wires.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const candidate = aCandidate();
const { signalId } = candidate;
const consultation = aConsultation({}, { asked: 'THE QUESTION', said: 'THE ANSWER' });
const inputs = {
  pool: poolAt('146.74'),
  lastEventMs: candidate.marketTimeMs,
  settings: someSettings(),
  consultation,
};
const decided = { signalId, inputs, decision: decisionFromWire(aDecision()) };
const seal = createFieldSeal([randomBytes(32)]);
const WORDS = ['THE QUESTION', 'THE ANSWER', 'convictionMin', 'vault0'];

let servers: TestServers;
let pool: LedgerPool;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await openRun(pool);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

beforeEach(async () => {
  await resetLedger(pool);
  const opinion = anOpinion();
  await recordsOf().recordAnalysed({ candidate, workflowId: 'trade/1', opinion });
});

const recordsOf = (how = seal) => createTradeRecords(pool, how);
const stored = async (): Promise<string> =>
  JSON.stringify((await pool.query('select decision_inputs, advice_aside from trades')).rows);

describe('with a key', () => {
  it('the ledger holds neither the strategy nor the words of a model', async () => {
    await recordsOf().recordDecision(decided);
    await createAdviceRecords(pool, seal).recordAside({
      signalId,
      consultation,
      vetoUntilMs: undefined,
    });
    const text = await stored();
    for (const word of WORDS) expect(text).not.toContain(word);
    // What dashboards count by is there.
    const { rows } = await pool.query(
      `select decision_inputs #>> '{consultation,by}' as by,
        advice_aside #>> '{advice,verdict}' as verdict from trades`,
    );
    expect(rows).toEqual([{ by: 'primary', verdict: 'confirm' }]);
  });

  it('they are there without one, so that the search can find them', async () => {
    await recordsOf(UNSEALED).recordDecision(decided);
    const text = await stored();
    for (const word of WORDS) expect(text).toContain(word);
  });

  it('a decision is read back to the last field, and refused without the key', async () => {
    await recordsOf().recordDecision(decided);
    const read = await readRecordedDecision(pool, signalId, seal);
    expect(read?.inputs).toEqual(inputs);
    await expect(readRecordedDecision(pool, signalId, UNSEALED)).rejects.toThrow(
      /payload\/sealed .*OVERMIND_PAYLOAD_KEYS has none/,
    );
  });

  it("what is sealed of one trade does not open as another's", async () => {
    await recordsOf().recordDecision(decided);
    const other = aCandidate({ signalId: 'r1-SOL-USDC-other-1' });
    await recordsOf().recordAnalysed({
      ...{ candidate: other },
      workflowId: 'trade/2',
      opinion: anOpinion(),
    });
    await pool.query(
      `update trades set decision = s.decision, decision_inputs = s.decision_inputs
        from trades s where s.signal_id = $1 and trades.signal_id = $2`,
      [signalId, other.signalId],
    );
    await expect(readRecordedDecision(pool, other.signalId, seal)).rejects.toThrow(
      /changed, or of another place/,
    );
  });

  it('a trade is shown with its words, and without the key still shown', async () => {
    await recordsOf().recordDecision(decided);
    const life = await readTradeLife(pool, signalId, seal);
    expect(life?.consulted?.consultation).toEqual(consultation);
    const without = await readTradeLife(pool, signalId, UNSEALED);
    expect(without?.consulted?.consultation).toMatchObject({
      by: 'primary',
      sealed: expect.any(String),
    });
  });

  it('an answer that is recorded twice stands in the audit once', async () => {
    const again = {
      ...{ price: '147', solPrice: '147', receivedNs: '1', collarMax: basisPoints(100) },
      ...{ operator: 'alice', reason: 'looks right' },
      approved: { notional: '200000000', quotedOut: '1360000000' },
    };
    const approved = async () =>
      (await readAudit(pool, 20)).filter(({ action }) => action === 'entry approved').length;
    const before = await approved();
    await recordsOf().recordDecision({ ...decided, inputs: { ...inputs, again } });
    await recordsOf().recordDecision({ ...decided, inputs: { ...inputs, again } });
    expect(await approved()).toBe(before + 1);
  });
});
