import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createOutcomeLedger } from '../../../adapters/ledger/outcome-ledger.ts';
import { readLivePermits, readUnreported } from '../../../adapters/ledger/permit-rows.ts';
import { createPositionReader } from '../../../adapters/ledger/position-reader.ts';
import { outcomeOf } from '../../../domain/learning/outcome-of.ts';
import { expiredSettlement } from '../../../domain/settlement/settlement-of.ts';
import type { SettlementLedger } from '../../../domain/settlement/settlement-ledger.ts';
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
let ledger: SettlementLedger;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 8);
  await migrate(pool);
  await openRun(pool);
  book = createTradeBook(pool);
  ({ ledger } = book);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

beforeEach(() => resetLedger(pool));

const row = async (text: string, ...values: unknown[]) => (await pool.query(text, values)).rows[0];

describe('a landed entry', () => {
  it('becomes a position; its room is spent, its deltas are booked', async () => {
    const { signalId, tracked } = await book.anEntry();
    await ledger.recordReport(reportOf(signalId, 'entry'));
    const landing = landingOf(tracked.permit, BOUGHT);
    expect(await ledger.recordSettlement(landing, tracked)).toEqual(landing);

    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
    expect(await book.tradeOf(signalId)).toMatchObject({ stage: 'managing', ended: false });
    expect(await createPositionReader(pool).readPosition(signalId)).toEqual({
      signalId,
      runId: 'r1',
      market: 'SOL-USDC',
      status: 'open',
      quantity: BOUGHT,
      cost: 200_000_000n,
      costsPaid: 2_935n, // 20,000 lamports at 146.74, rounded up.
      exits: tracked.signal.exits,
      openedAtMs: tracked.signal.marketTimeMs,
    });
    const { rows } = await pool.query(
      'select asset, amount, run_id, permit_id from ledger_entries where signature = $1',
      [landing.signature],
    );
    expect(rows).toHaveLength(3);
    expect(rows).toContainEqual({
      asset: 'SOL',
      amount: '-20000',
      run_id: 'r1',
      permit_id: tracked.permit.id,
    });
  });

  it('is recorded once, however many say so at once', async () => {
    const { signalId, tracked } = await book.anEntry();
    const landing = landingOf(tracked.permit, BOUGHT);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => ledger.recordSettlement(landing, tracked)),
    );
    for (const answer of answers) expect(answer.fill).toEqual(landing.fill);
    const later = { ...landing, deltas: [], slot: 9 };
    expect(await ledger.recordSettlement(later, tracked)).toMatchObject({ slot: 1_205 });
    expect(await ledger.readSettlement(tracked.permit.id)).toMatchObject({ fill: landing.fill });
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
    expect(await row('select count(*) from positions where signal_id = $1', signalId)).toEqual({
      count: '1',
    });
  });

  it('stays landed when its report comes after it; the times are kept', async () => {
    const { signalId, tracked } = await book.anEntry();
    await ledger.recordSettlement(landingOf(tracked.permit, BOUGHT), tracked);
    const late = await ledger.recordReport(reportOf(signalId, 'entry'));
    expect(late).toMatchObject({ status: 'landed', changed: false });
    expect(await ledger.recordReport(refusalOf(signalId, 'entry'))).toMatchObject({
      status: 'landed',
    });
    expect(await row('select wire_ns from permits where signal_id = $1', signalId)).toEqual({
      wire_ns: '1020458000',
    });
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
  });

  it('cannot take a transaction that another permit has booked', async () => {
    const first = await book.anEntry();
    const landing = landingOf(first.tracked.permit, BOUGHT);
    await ledger.recordSettlement(failureOf(first.tracked.permit), first.tracked);
    const second = await book.anEntry();
    const stolen: Settlement = { ...landing, permitId: second.tracked.permit.id };
    await expect(ledger.recordSettlement(stolen, second.tracked)).rejects.toMatchObject({
      code: 'ledger/conflict',
    });
    expect(await book.exposure()).toEqual({ reserved: '200000000', spent: '0' });
  });

  it('after a refusal is refused loudly', async () => {
    const { signalId, tracked } = await book.anEntry();
    await ledger.recordReport(refusalOf(signalId, 'entry'));
    const landing = landingOf(tracked.permit, BOUGHT);
    await expect(ledger.recordSettlement(landing, tracked)).rejects.toThrow('yet refused');
  });
});

describe('an entry that missed', () => {
  it('by failing ends the trade with what it paid', async () => {
    const { signalId, tracked } = await book.anEntry();
    for (let copy = 0; copy < 2; copy++) {
      await ledger.recordSettlement(failureOf(tracked.permit), tracked);
    }
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
    expect(await book.tradeOf(signalId)).toMatchObject({
      stage: 'failed',
      realised_pnl: '-1174', // 8,000 lamports at 146.74, rounded up.
      ended: true,
    });
    expect(await createPositionReader(pool).readPosition(signalId)).toBeUndefined();
  });

  it('by expiring ends it without a result', async () => {
    const { signalId, tracked } = await book.anEntry();
    const expiry = expiredSettlement(tracked.permit, undefined);
    expect(await ledger.recordSettlement(expiry, tracked)).toEqual(expiry);
    expect(await ledger.readSettlement(tracked.permit.id)).toEqual(expiry);
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
    expect(await book.tradeOf(signalId)).toMatchObject({
      stage: 'expired',
      reasons: ['expired'],
      realised_pnl: null,
      ended: true,
    });
  });
});

describe('an exit', () => {
  it('that landed closes the position, and every attempt is paid for', async () => {
    const { signalId, exit } = await book.anExit();
    await ledger.recordSettlement(failureOf(exit.permit), exit);
    expect(await book.tradeOf(signalId)).toMatchObject({ stage: 'exiting', ended: false });
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
    const second = await book.approveExit(signalId, 2);
    await ledger.recordSettlement(expiredSettlement(second.permit, undefined), second);
    const third = await book.approveExit(signalId, 3);
    const landing = landingOf(third.permit, SOLD_FOR);
    await Promise.all([1, 2, 3].map(() => ledger.recordSettlement(landing, third)));

    expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
    expect(await book.tradeOf(signalId)).toMatchObject({
      stage: 'learning',
      exit_reason: 'take-profit',
      ended: false,
    });
    const closed = await createOutcomeLedger(pool).readClosedPosition(signalId);
    expect(closed).toMatchObject({
      exitReason: 'take-profit',
      cost: 200_000_000n,
      costsPaid: 2_935n + 1_174n + 2_935n,
      proceeds: SOLD_FOR,
      exploring: false,
    });
    expect((closed?.closedAtMs ?? 0) - (closed?.openedAtMs ?? 0)).toBe(60_000);
  });

  it('of another quantity than is held is refused loudly', async () => {
    const { signalId, exit } = await book.anExit();
    const landing = landingOf(exit.permit, SOLD_FOR);
    const less = { ...landing.fill!, amountIn: (landing.fill!.amountIn - 1n) as never };
    await expect(ledger.recordSettlement({ ...landing, fill: less }, exit)).rejects.toMatchObject({
      code: 'ledger/conflict',
    });
    expect(await ledger.readSettlement(exit.permit.id)).toBeUndefined();
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
    expect(await book.tradeOf(signalId)).toMatchObject({ stage: 'exiting' });
  });
});

describe('an outcome', () => {
  it('is stored once, ends the trade and is answered again', async () => {
    const outcomes = createOutcomeLedger(pool);
    const { signalId, exit } = await book.anExit();
    expect(await outcomes.readClosedPosition(signalId)).toBeUndefined();
    await ledger.recordSettlement(landingOf(exit.permit, SOLD_FOR), exit);
    const closed = await outcomes.readClosedPosition(signalId);
    if (!closed) throw new Error('the position is closed');
    const outcome = outcomeOf(closed);
    const answers = await Promise.all([1, 2].map(() => outcomes.recordOutcome(outcome, closed)));
    expect(answers).toEqual([outcome, outcome]);
    const changed = { ...outcome, exploring: true };
    expect(await outcomes.recordOutcome(changed, closed)).toEqual(outcome);
    expect(await book.tradeOf(signalId)).toMatchObject({
      stage: 'closed',
      realised_pnl: String(SOLD_FOR - 200_000_000n - 2n * 2_935n),
      exit_reason: 'take-profit',
      ended: true,
    });
  });
});

describe('permits to look after', () => {
  it('are live until they have an end, and swept until they are reported or expired', async () => {
    const { signalId, tracked } = await book.anEntry();
    const live = [{ permitId: tracked.permit.id, market: 'SOL-USDC' }];
    expect(await readLivePermits(pool)).toEqual(live);
    const { validUntilMs } = tracked.permit;
    expect(await readUnreported(pool, Date.now())).toEqual([]); // The approver has just sent it.
    await pool.query("update outbox set created_at = now() - interval '1 second'");
    const [swept] = await readUnreported(pool, validUntilMs - 1);
    expect(swept).toMatchObject({ m: '0'.repeat(64), sequence: expect.stringMatching(/^\d+$/) });
    expect(await readUnreported(pool, validUntilMs)).toEqual([]);
    await ledger.recordReport(reportOf(signalId, 'entry'));
    expect(await readUnreported(pool, validUntilMs - 1)).toEqual([]);
    expect(await readLivePermits(pool)).toEqual(live);
    await ledger.recordSettlement(failureOf(tracked.permit), tracked);
    expect(await readLivePermits(pool)).toEqual([]);
  });

  it('know which signatures are somebody’s already', async () => {
    const { signalId, tracked } = await book.anEntry();
    await ledger.recordReport(reportOf(signalId, 'entry'));
    await pool.query(
      "insert into housekeeping_intents (intent_id, kind, signature) values ('i', 'rent', 'kept')",
    );
    const signature = reportOf(signalId, 'entry').signature ?? '';
    const known = await ledger.readKnownSignatures([signature, 'kept', 'foreign']);
    expect([...known].sort()).toEqual(['kept', signature].sort());
    expect(tracked.signature).toBeUndefined();
  });
});
