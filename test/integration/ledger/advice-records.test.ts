import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdviceRecords } from '../../../adapters/ledger/advice-records.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readTradeLife } from '../../../adapters/ledger/trade-life.ts';
import { asideOf, type AdviceRecords } from '../../../domain/analysis/standing-veto.ts';
import { aConsultation, aSilence } from '../../support/consultations.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aRunRow, aTradeRow } from '../../support/trade-ledger.ts';
import { aCandidate, anOpinion } from '../../support/trade-wires.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const MINUTE_MS = 60_000;
const START_MS = aCandidate().marketTimeMs;
const opinion = anOpinion({ horizonMs: 30 * MINUTE_MS });
const veto = aConsultation({ verdict: 'veto', reasons: ['trend-against'] });

const at = (minute: number, market = 'SOL-USDC', runId = 'r1') => ({
  signalId: `${runId}-${market}-breakout-${START_MS + minute * MINUTE_MS}`,
  marketTimeMs: START_MS + minute * MINUTE_MS,
  ...{ market, runId },
});
const later = (minute: number, market?: string, runId?: string) =>
  records.readVeto(aCandidate(at(minute, market, runId)));

let servers: TestServers;
let pool: LedgerPool;
let records: AdviceRecords;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await aRunRow(pool, 'r1', 'w');
  await aRunRow(pool, 'r2', 'w');
  records = createAdviceRecords(pool, UNSEALED);
  const vetoed = await aTradeRow(pool, at(0));
  await records.recordAside(asideOf(vetoed, opinion, veto));
  const confirmed = await aTradeRow(pool, at(0, 'BTC-USDC'));
  await records.recordAside(asideOf(confirmed, opinion, aConsultation()));
  const silent = await aTradeRow(pool, at(5));
  await records.recordAside(asideOf(silent, opinion, aSilence()));
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

describe('a veto that was said beside a trade', () => {
  it('stands for later entries of its market until the horizon has passed', async () => {
    const stands = {
      signalId: at(0).signalId,
      reasons: ['trend-against'],
      untilMs: START_MS + 30 * MINUTE_MS,
    };
    expect(await later(1)).toEqual(stands);
    expect(await later(29)).toEqual(stands);
    expect(await later(30)).toBeUndefined();
  });

  it.each([
    ['of its own trade', 0, 'SOL-USDC', 'r1'],
    ['of an earlier one', -1, 'SOL-USDC', 'r1'],
    ['of another market', 1, 'ETH-USDC', 'r1'],
    ['of a market whose entry was confirmed', 1, 'BTC-USDC', 'r1'],
    ['of another run', 1, 'SOL-USDC', 'r2'],
  ])('says nothing %s', async (_what, minute, market, runId) => {
    expect(await later(minute, market, runId)).toBeUndefined();
  });

  it('gives way to one that lasts longer, and not to a silence', async () => {
    const second = await aTradeRow(pool, at(10));
    await records.recordAside(asideOf(second, opinion, veto));
    expect(await later(29)).toMatchObject({ signalId: second.signalId });
    expect(await later(39)).toMatchObject({ untilMs: START_MS + 40 * MINUTE_MS });
  });

  it('is part of its trade’s life', async () => {
    const life = await readTradeLife(pool, at(0).signalId, UNSEALED);
    expect(life?.consulted).toEqual({ consultation: veto, beside: true });
    await pool.query(`update trades set decision_inputs = '{}' where signal_id = $1`, [
      at(5).signalId,
    ]);
    const silent = await readTradeLife(pool, at(5).signalId, UNSEALED);
    expect(silent?.consulted).toEqual({ consultation: aSilence(), beside: true });
  });
});
