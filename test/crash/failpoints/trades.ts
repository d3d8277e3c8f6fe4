import { setTimeout as pause } from 'node:timers/promises';
import { createPositionReader } from '../../../adapters/ledger/position-reader.ts';
import type { LedgerPool } from '../../../adapters/ledger/connect.ts';
import type { ApprovalActivities } from '../../../activities/approval.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { MarketId, PermitId } from '../../../domain/shared/ids.ts';
import { beginTrade, entryOf } from '../../support/settling.ts';
import { anExitWire } from '../../support/trade-wires.ts';

export type TradesOptions = {
  readonly pool: LedgerPool;
  readonly approve: ApprovalActivities['approve'];
  readonly markets: readonly MarketId[];
};

export type Trades = {
  /** Risk's refusals, by rule: while nothing executes, there are many. */
  readonly breaches: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
};

/** The price that `fundAndOpenPool` sets. */
const PRICE = 100n;
const BETWEEN_TRADES_MS = 80;
/** Market time between two trades; an exit lies between them, or risk would wait for it to cool down. */
const MOMENT_MS = 10;
const LOOK_EVERY_MS = 60;
/** While nothing executes or everything is halted, risk says no at once. */
const ASK_AGAIN_MS = 250;
const ENDS = ['landed', 'failed', 'expired', 'refused'];

/** Buys and sells in every market, again and again: a permit is always on its way. */
export function startTrades({ pool, approve, markets }: TradesOptions): Trades {
  const breaches = new Map<string, number>();
  const positions = createPositionReader(pool);
  let stopping = false;
  let trades = 0;

  /** Approved and ended, however often it has to be asked for; undefined at the stop. */
  const carry = async (signal: Parameters<typeof approve>[0]): Promise<string | undefined> => {
    while (!stopping) {
      const verdict = await approve(signal).catch(() => undefined); // Asked again below.
      if (verdict?.approved) return untilEnd(verdict.permit.id);
      for (const { rule } of verdict?.breaches ?? []) {
        breaches.set(rule, (breaches.get(rule) ?? 0) + 1);
      }
      await pause(ASK_AGAIN_MS);
    }
    return undefined;
  };

  const untilEnd = async (permitId: PermitId): Promise<string | undefined> => {
    while (!stopping) {
      const { rows } = await pool.query<{ status: string }>({
        name: 'status-of',
        text: 'select status from permits where permit_id = $1',
        values: [permitId],
      });
      const status = rows[0]?.status ?? '';
      if (ENDS.includes(status)) return status;
      await pause(LOOK_EVERY_MS);
    }
    return undefined;
  };

  const trade = async (market: MarketId): Promise<void> => {
    trades += 1;
    const candidate = await beginTrade(pool, trades * MOMENT_MS, market);
    const [known] = loadMarkets([market]);
    const quotedOut = (199n * 10n ** BigInt(known?.base.decimals ?? 0)) / PRICE;
    const entry = await carry({
      ...entryOf(candidate),
      quotedOut: String(quotedOut),
      minAmountOut: String((quotedOut * 9_960n) / 10_000n),
    });
    if (entry !== 'landed') return;
    const held = await positions.readPosition(candidate.signalId);
    for (let attempt = 1; !stopping; attempt += 1) {
      const { signalId, marketTimeMs } = candidate;
      const exit = await carry(
        anExitWire(attempt, {
          ...{ signalId, market, marketTimeMs: marketTimeMs + MOMENT_MS / 2 },
          amountIn: String(held?.quantity ?? 0n),
          ...{ quotedOut: '198000000', minAmountOut: '196000000' },
        }),
      );
      if (exit === 'landed') return;
    }
  };

  const loops = markets.map(async (market) => {
    while (!stopping) {
      await trade(market);
      await pause(BETWEEN_TRADES_MS);
    }
  });
  return {
    breaches,
    async stop() {
      stopping = true;
      await Promise.all(loops);
    },
  };
}
