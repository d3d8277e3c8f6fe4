import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { expiredSettlement } from '../../../domain/settlement/settlement-of.ts';
import type { TrackedPermit } from '../../../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../../../domain/settlement/settlement.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import {
  failureOf,
  landingOf,
  openRun,
  refusalOf,
  reportOf,
  resetLedger,
} from '../../support/settling.ts';
import { BOUGHT, createTradeBook, SOLD_FOR, type TradeBook } from '../../support/trade-book.ts';

let servers: TestServers;
let pool: LedgerPool;
let book: TradeBook;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 8);
  await migrate(pool);
  await openRun(pool);
  book = createTradeBook(pool);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

type End = 'landed' | 'failed' | 'expired' | 'refused';

/** What is said of one leg, each possibly often, some of it at the same time. */
const telling = fc.record({
  end: fc.constantFrom<End>('landed', 'failed', 'expired', 'refused'),
  /** Report or settlement; what comes of a refused leg is its refusal alone. */
  words: fc.array(fc.constantFrom('report' as const, 'uncertain' as const, 'end' as const), {
    maxLength: 5,
  }),
  atOnce: fc.boolean(),
});

async function tell(
  tracked: TrackedPermit,
  amountOut: bigint,
  { end, words, atOnce }: typeof telling extends fc.Arbitrary<infer Told> ? Told : never,
): Promise<void> {
  const { permit, signal } = tracked;
  const settlement: Record<Exclude<End, 'refused'>, Settlement> = {
    landed: landingOf(permit, amountOut),
    failed: failureOf(permit),
    expired: expiredSettlement(permit, undefined),
  };
  const report = reportOf(signal.signalId, permit.leg, { attempt: permit.attempt });
  const { signature, ...unsigned } = report;
  const say = async (word: 'report' | 'uncertain' | 'end'): Promise<unknown> => {
    if (word === 'uncertain') return book.ledger.recordReport({ ...unsigned, kind: 'uncertain' });
    if (end === 'refused') {
      return book.ledger.recordReport(refusalOf(signal.signalId, permit.leg, permit.attempt));
    }
    if (word === 'end') {
      const { signature: known } = await book.trackedOf(
        signal.signalId,
        permit.leg,
        permit.attempt,
      );
      const ended = settlement[end];
      const asKnown = end === 'expired' && known ? { ...ended, signature: known } : ended;
      // A report in between may have told a signature that this expiry did not know: looked at anew.
      return book.ledger.recordSettlement(asKnown, tracked).catch(async () => {
        const now = { ...ended, ...(signature ? { signature } : {}) };
        return book.ledger.recordSettlement(now, tracked);
      });
    }
    return book.ledger.recordReport(report);
  };
  const all = [...words, 'end' as const];
  if (atOnce) await Promise.all(all.map(say));
  else for (const word of all) await say(word);
}

describe('what is reserved and spent', () => {
  it('is nothing again once the trade is over, whatever was said in which order', async () => {
    const scenario = fc.record({
      entry: telling,
      exits: fc.array(telling, { maxLength: 2 }),
      last: telling,
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ entry, exits, last }) => {
        await resetLedger(pool);
        const { signalId, tracked } = await book.anEntry();
        expect(await book.exposure()).toEqual({ reserved: '200000000', spent: '0' });
        await tell(tracked, BOUGHT, entry);
        if (entry.end === 'landed') {
          for (const [at, told] of [...exits, { ...last, end: 'landed' as const }].entries()) {
            expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
            await tell(await book.approveExit(signalId, at + 1), SOLD_FOR, told);
            if (told.end === 'landed') break;
          }
        }
        expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
        const { stage } = await book.tradeOf(signalId);
        expect(stage).toBe(entry.end === 'landed' ? 'learning' : entry.end);
        await booksAgree();
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  /** Costs of every settlement are somewhere: in the position, or in the result of a missed trade. */
  async function booksAgree(): Promise<void> {
    const { rows } = await pool.query(
      `select (select coalesce(sum(costs), 0) from settlements) as paid,
        coalesce((select costs_paid from positions), (select -realised_pnl from trades), 0) as booked,
        (select count(*) from settlements s where kind <> 'expired'
          and not exists (select 1 from ledger_entries e where e.permit_id = s.permit_id)) as unbooked`,
    );
    expect(rows[0].booked).toBe(rows[0].paid);
    expect(rows[0].unbooked).toBe('0');
  }
});
