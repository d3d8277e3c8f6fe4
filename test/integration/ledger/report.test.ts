import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import type { SettlementLedger } from '../../../domain/settlement/settlement-ledger.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { landingOf, openRun, refusalOf, reportOf, resetLedger } from '../../support/settling.ts';
import { createTradeBook, SOLD_FOR, type TradeBook } from '../../support/trade-book.ts';

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

describe('a report', () => {
  it('of a submission is kept with its signature and times', async () => {
    const { signalId } = await book.anEntry();
    const report = reportOf(signalId, 'entry');
    expect(await ledger.recordReport(report)).toEqual({
      permitId: report.permitId,
      signalId,
      market: 'SOL-USDC',
      leg: 'entry',
      status: 'submitted',
      changed: true,
    });
    expect(await book.trackedOf(signalId, 'entry')).toMatchObject({
      status: 'submitted',
      signature: report.signature,
      lastValidHeight: 1_150,
      hasReport: true,
    });
    expect(await ledger.recordReport(report)).toMatchObject({ changed: false });
    expect(
      await row(
        'select published_ns, read_ns, wire_ns from permits where signal_id = $1',
        signalId,
      ),
    ).toEqual({ published_ns: '1020000000', read_ns: '1020310000', wire_ns: '1020458000' });
    expect(await book.exposure()).toEqual({ reserved: '200000000', spent: '0' });
  });

  it('of a refusal frees the reservation and ends the trade, once', async () => {
    const { signalId } = await book.anEntry();
    const refusal = refusalOf(signalId, 'entry');
    const answers = await Promise.all([1, 2, 3].map(() => ledger.recordReport(refusal)));
    expect(answers.filter((answer) => answer?.changed)).toHaveLength(1);
    expect(await ledger.recordReport(refusal)).toMatchObject({ status: 'refused', changed: false });
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
    expect(await book.tradeOf(signalId)).toMatchObject({
      stage: 'refused',
      reasons: ['executor: worse-price'],
      ended: true,
    });
    const permit = 'select status, reason from permits where signal_id = $1';
    expect(await row(permit, signalId)).toEqual({ status: 'refused', reason: 'worse-price' });
  });

  it('of a refusal never overwrites a submission or a known signature', async () => {
    const { signalId } = await book.anEntry();
    const known = { kind: 'uncertain', signature: 'known' } as const;
    await ledger.recordReport(reportOf(signalId, 'entry', known));
    const refusal = refusalOf(signalId, 'entry');
    expect(await ledger.recordReport(refusal)).toMatchObject({ status: 'uncertain' });
    await ledger.recordReport(reportOf(signalId, 'entry', { signature: 'known' }));
    expect(await ledger.recordReport(refusal)).toMatchObject({ status: 'submitted' });
    expect(await book.exposure()).toEqual({ reserved: '200000000', spent: '0' });
    expect(await book.tradeOf(signalId)).toMatchObject({ stage: 'executing', ended: false });
  });

  it('of uncertainty keeps what is known, and takes a signature that was not', async () => {
    const { signalId } = await book.anEntry();
    const { signature: _, ...unsigned } = reportOf(signalId, 'entry', { kind: 'uncertain' });
    expect(await ledger.recordReport(unsigned)).toMatchObject({ status: 'uncertain' });
    await ledger.recordReport({ ...unsigned, signature: 'from the journal' });
    expect(await ledger.recordReport(unsigned)).toMatchObject({ changed: false });
    expect((await book.trackedOf(signalId, 'entry')).signature).toBe('from the journal');
  });

  it('that contradicts what is known is refused loudly and changes nothing', async () => {
    const { signalId } = await book.anEntry();
    await ledger.recordReport(refusalOf(signalId, 'entry'));
    const submission = reportOf(signalId, 'entry');
    await expect(ledger.recordReport(submission)).rejects.toMatchObject({
      code: 'ledger/conflict',
    });
    const { signalId: other } = await book.anEntry();
    await ledger.recordReport(reportOf(other, 'entry'));
    await expect(
      ledger.recordReport(reportOf(other, 'entry', { signature: 'another' })),
    ).rejects.toMatchObject({ code: 'ledger/conflict' });
    expect((await book.trackedOf(other, 'entry')).signature).toBe(
      reportOf(other, 'entry').signature,
    );
  });

  it('of a refused exit leaves the trade open for the next attempt', async () => {
    const { signalId } = await book.anExit();
    await ledger.recordReport(refusalOf(signalId, 'exit'));
    expect(await book.tradeOf(signalId)).toMatchObject({ stage: 'exiting', ended: false });
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '200000000' });
    const second = await book.approveExit(signalId, 2);
    await ledger.recordSettlement(landingOf(second.permit, SOLD_FOR), second);
    expect(await book.exposure()).toEqual({ reserved: '0', spent: '0' });
  });

  it('of a permit that nobody knows is none', async () => {
    expect(await ledger.recordReport(reportOf('r1-SOL-USDC-none-1', 'entry'))).toBeUndefined();
  });
});
