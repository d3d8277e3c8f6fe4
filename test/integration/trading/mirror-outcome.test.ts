import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdviceRecords } from '../../../adapters/ledger/advice-records.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import type { TradeFeedback } from '../../../adapters/llm/tensorzero-feedback.ts';
import type { Consultation } from '../../../domain/analysis/consultation.ts';
import { decide } from '../../../domain/decision/decide.ts';
import type { Outcome } from '../../../domain/learning/outcome.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';
import { createOutcomeMirror } from '../../../workers/trading/mirror-outcome.ts';
import { aConsultation } from '../../support/consultations.ts';
import { aQuestion } from '../../support/decisions.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const EPISODE = '0192ced0-947e-74b3-a3d7-02fd2c54d637';
let servers: TestServers;
let pool: LedgerPool;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  const { candidate } = aQuestion();
  const text = `insert into runs (run_id, feed, mode, wallet) values ($1, '{}', 'paper', 'w')`;
  await pool.query(text, [candidate.runId]);
}, 120_000);
afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

/** A trade as it is stored, decided with this advice or none. */
async function aTrade(signalId: string, consultation?: Consultation): Promise<Outcome> {
  const question = aQuestion();
  const candidate = { ...question.candidate, signalId };
  const records = createTradeRecords(pool, UNSEALED);
  const { market, opinion, ...inputs } = question;
  await records.recordAnalysed({ candidate, workflowId: `trade/${signalId}`, opinion });
  const decision = decide({ ...question, candidate }, consultation);
  await records.recordDecision({ signalId, decision, inputs: { ...inputs, consultation } });
  return {
    ...{ signalId, market: market.id, exitReason: 'take-profit', exploring: false },
    ...{ realisedPnl: quoteUnits(1n), returnBps: 12.5, holdMs: 1 },
  };
}

function aMirror(faults: readonly Error[] = []) {
  const sent: TradeFeedback[] = [];
  const warned: unknown[] = [];
  const left = [...faults];
  const send = async (feedback: TradeFeedback): Promise<void> => {
    const fault = left.shift();
    if (fault) throw fault;
    sent.push(feedback);
  };
  const log = { warn: (what: unknown) => void warned.push(what) };
  const tell = createOutcomeMirror(pool, send, { log, againAfterMs: [1, 1] });
  return { sent, warned, tell };
}

describe('the result of a trade', () => {
  it('is told under the episode that the gateway gave to its question', async () => {
    const outcome = await aTrade('asked', aConsultation({}, { episodeId: EPISODE }));
    const { sent, tell } = aMirror();
    await tell('asked', outcome);
    expect(sent).toEqual([
      {
        ...{ episodeId: EPISODE, returnBps: 12.5 },
        tags: { signal_id: 'asked', market: outcome.market, exitReason: 'take-profit' },
      },
    ]);
  });

  it('is told, too, of a trade that was discussed beside its decision', async () => {
    const outcome = await aTrade('beside');
    const consultation = aConsultation({}, { episodeId: EPISODE });
    const aside = { signalId: 'beside', consultation, vetoUntilMs: undefined };
    await createAdviceRecords(pool, UNSEALED).recordAside(aside);
    const { sent, tell } = aMirror();
    await tell('beside', outcome);
    expect(sent).toMatchObject([{ episodeId: EPISODE }]);
  });

  it('is nobody’s business where no gateway was asked', async () => {
    const outcome = await aTrade('unasked', aConsultation());
    const { sent, warned, tell } = aMirror();
    await tell('unasked', outcome);
    expect({ sent, warned }).toEqual({ sent: [], warned: [] });
  });

  it('is told again when the gateway was away for a moment', async () => {
    const outcome = await aTrade('late', aConsultation({}, { episodeId: EPISODE }));
    const { sent, warned, tell } = aMirror([new Error('away'), new Error('away')]);
    await tell('late', outcome);
    await expect.poll(() => sent.length).toBe(1);
    expect(warned).toEqual([]);
  });

  it('is learnt all the same when the gateway stays away, which is said', async () => {
    const outcome = await aTrade('away', aConsultation({}, { episodeId: EPISODE }));
    const { sent, warned, tell } = aMirror([1, 2, 3].map((n) => new Error(`away ${n}`)));
    await expect(tell('away', outcome)).resolves.toBeUndefined();
    await expect.poll(() => warned).toMatchObject([{ signalId: 'away' }]);
    expect(sent).toEqual([]);
  });
});
