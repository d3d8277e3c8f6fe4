import { createSettlementLedger } from '../../adapters/ledger/settlement-ledger.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import type { SettlementLedger, TrackedPermit } from '../../domain/settlement/settlement-ledger.ts';
import { permitIdOf, type Leg } from '../../domain/shared/ids.ts';
import { anApprover, beginTrade, entryOf, landingOf } from './settling.ts';
import { anExitWire } from './trade-wires.ts';

/** What one exit permit sells, and one entry has bought: 1.359 SOL. */
export const BOUGHT = 1_359_000_000n;
export const SOLD_FOR = 201_400_000n;

export type Opened = { readonly signalId: string; readonly tracked: TrackedPermit };

export type TradeBook = {
  readonly ledger: SettlementLedger;
  /** A trade with an approved entry: 200 USDC are reserved. */
  anEntry(): Promise<Opened>;
  /** The same, landed, and an approved exit of all of it. */
  anExit(): Promise<{ readonly signalId: string; readonly exit: TrackedPermit }>;
  approveExit(signalId: string, attempt: number): Promise<TrackedPermit>;
  trackedOf(signalId: string, leg: Leg, attempt?: number): Promise<TrackedPermit>;
  /** Of all markets, which must be that of the only one. */
  exposure(): Promise<{ readonly reserved: string; readonly spent: string }>;
  tradeOf(signalId: string): Promise<Readonly<Record<string, unknown>>>;
};

/** Trades in a real ledger, approved by the real rules. */
export function createTradeBook(pool: LedgerPool): TradeBook {
  const ledger = createSettlementLedger(pool, { quoteDecimalsOf: () => 6 });
  let n = 0;

  const approved = async (signal: Parameters<ReturnType<typeof anApprover>>[0]) => {
    const verdict = await anApprover(pool)(signal);
    if (!verdict.approved) throw new Error(`refused: ${JSON.stringify(verdict.breaches)}`);
    return book.trackedOf(signal.signalId, signal.leg, signal.attempt);
  };

  const book: TradeBook = {
    ledger,
    async anEntry() {
      const candidate = await beginTrade(pool, n++);
      return { signalId: candidate.signalId, tracked: await approved(entryOf(candidate)) };
    },
    async anExit() {
      const { signalId, tracked } = await book.anEntry();
      await ledger.recordSettlement(landingOf(tracked.permit, BOUGHT), tracked);
      return { signalId, exit: await book.approveExit(signalId, 1) };
    },
    async approveExit(signalId, attempt) {
      const { rows } = await pool.query(
        'select opened_market_ms from positions where signal_id = $1',
        [signalId],
      );
      const marketTimeMs = Number(rows[0].opened_market_ms) + 60_000;
      return approved(anExitWire(attempt, { signalId, marketTimeMs }));
    },
    async trackedOf(signalId, leg, attempt = 1) {
      const [tracked] = await ledger.readTracked([permitIdOf(signalId, leg, attempt)]);
      if (!tracked) throw new Error(`no permit of ${signalId}`);
      return tracked;
    },
    async exposure() {
      const { rows } = await pool.query(
        "select reserved, spent from exposure where scope in ('total', 'SOL-USDC') order by scope",
      );
      if (JSON.stringify(rows[0]) !== JSON.stringify(rows[1])) {
        throw new Error(`total and market differ: ${JSON.stringify(rows)}`);
      }
      return rows[0];
    },
    async tradeOf(signalId) {
      const { rows } = await pool.query(
        `select stage, reasons, realised_pnl, exit_reason, ended_at is not null as ended
          from trades where signal_id = $1`,
        [signalId],
      );
      return rows[0];
    },
  };
  return book;
}
