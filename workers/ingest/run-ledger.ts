import { recordAutomaticHalt } from '../../adapters/ledger/record-halt.ts';
import { queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import type { ExitPlan } from '../../domain/decision/signal.ts';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import type { LossView } from '../../domain/positions/loss-rules.ts';
import type { Position } from '../../domain/positions/position.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId, SignalId } from '../../domain/shared/ids.ts';
import { basisPoints, quoteUnits, tokenUnits } from '../../domain/shared/units.ts';
import type { Wire } from '../../domain/shared/wire.ts';

export type WatchedPosition = Position & { readonly highWater: string | undefined };

export type WatchRecord = {
  readonly positions: readonly WatchedPosition[];
  readonly realised: LossView['realised'];
  readonly halted: boolean;
};

export type RunLedger = ReturnType<typeof createRunLedger>;

/** What ingest reads from and records in Postgres. */
export function createRunLedger(pool: LedgerPool, runId: RunId) {
  return {
    /** The feed of this run, and the last event whose candidates an earlier life published. */
    async readRun(): Promise<{ readonly feed: FeedArgs; readonly cursorMs: number | undefined }> {
      const text = 'select feed, cursor_market_ms from runs where run_id = $1';
      const [row] = await queryRows<{ feed: FeedArgs; cursor_market_ms: string | null }>(
        pool,
        'read run',
        { text, values: [runId] },
      );
      if (!row) {
        const expected = 'a row in the table runs';
        throw new OvermindError('input/invalid', {
          field: 'OVERMIND_RUN_ID',
          got: runId,
          expected,
        });
      }
      const cursor = row.cursor_market_ms;
      return { feed: row.feed, cursorMs: cursor === null ? undefined : Number(cursor) };
    },

    async readWatchRecord(): Promise<WatchRecord> {
      const [positions, realised, control] = await Promise.all([
        queryRows<PositionRow>(pool, 'read open positions', { text: OPEN_POSITIONS }),
        queryRows<RealisedRow>(pool, 'read realised', { text: REALISED, values: [runId] }),
        queryRows<{ halted: boolean }>(pool, 'read control', {
          text: 'select halted from control',
        }),
      ]);
      return {
        positions: positions.map(positionOf),
        realised: realised.map(({ closed_market_ms, realised_pnl }) => ({
          closedAtMs: Number(closed_market_ms),
          pnl: quoteUnits(BigInt(realised_pnl)),
        })),
        // Without the row nothing is known, and then nothing is triggered.
        halted: control[0]?.halted ?? true,
      };
    },

    /** Legs whose permit has no end yet: after a restart they hold the clock again. */
    async readLiveLegs(): Promise<readonly string[]> {
      const rows = await queryRows<{ signal_id: string; leg: string }>(pool, 'read live legs', {
        text: `select signal_id, leg from permits
               where run_id = $1 and status in ('issued', 'submitted', 'uncertain')`,
        values: [runId],
      });
      return rows.map(({ signal_id, leg }) => `${signal_id}/${leg}`);
    },

    async recordCursor(marketMs: number): Promise<void> {
      await queryRows(pool, 'record cursor', {
        // Never backwards: two writes may pass each other.
        text: `update runs set cursor_market_ms = greatest(coalesce(cursor_market_ms, 0), $2)
               where run_id = $1`,
        values: [runId, marketMs],
      });
    },

    async recordHighWater(signalId: SignalId, price: string): Promise<void> {
      await queryRows(pool, 'record high water', {
        text: `update positions set high_water = $2 where signal_id = $1 and status <> 'closed'`,
        values: [signalId, price],
      });
    },

    /** No entries until the given market time; a later end is never shortened. */
    async recordReduceOnly(untilMarketMs: number, reason: string): Promise<void> {
      await queryRows(pool, 'record reduce-only', {
        text: `update control set reduce_only_until_market_ms = $1, reduce_only_reason = $2
               where coalesce(reduce_only_until_market_ms, 0) < $1`,
        values: [untilMarketMs, reason],
      });
    },

    recordHalt: (reason: string): Promise<boolean> =>
      recordAutomaticHalt(pool, { cause: `total-loss/${runId}`, reason }),
  };
}

type PositionRow = {
  readonly signal_id: string;
  readonly run_id: string;
  readonly market: string;
  readonly status: 'open' | 'exiting';
  readonly quantity: string;
  readonly cost: string;
  readonly costs_paid: string;
  readonly exits: Wire<ExitPlan>;
  readonly opened_market_ms: string;
  readonly high_water: string | null;
};
type RealisedRow = { readonly closed_market_ms: string; readonly realised_pnl: string };

const OPEN_POSITIONS = `select signal_id, run_id, market, status, quantity, cost, costs_paid, exits,
  opened_market_ms, high_water from positions where status in ('open', 'exiting') order by signal_id`;
/** The same rows that the approval's loss rules add up, so that the two never differ. */
const REALISED = `select coalesce(p.closed_market_ms, t.market_time_ms) as closed_market_ms,
    t.realised_pnl
  from trades t left join positions p on p.signal_id = t.signal_id
  where t.run_id = $1 and t.realised_pnl is not null`;

function positionOf(row: PositionRow): WatchedPosition {
  const { stopLoss, takeProfit, timeExitMs } = row.exits;
  return {
    signalId: row.signal_id,
    runId: row.run_id,
    market: row.market,
    status: row.status,
    quantity: tokenUnits(BigInt(row.quantity)),
    cost: quoteUnits(BigInt(row.cost)),
    costsPaid: quoteUnits(BigInt(row.costs_paid)),
    exits: { stopLoss: basisPoints(stopLoss), takeProfit: basisPoints(takeProfit), timeExitMs },
    openedAtMs: Number(row.opened_market_ms),
    highWater: row.high_water ?? undefined,
  };
}
