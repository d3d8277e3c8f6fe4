import { dailyInterval, drawdown, mean, wilson, type Interval } from './statistics.ts';
import type { Trade } from './trade.ts';

/** One seed for every resampled interval. */
export const INTERVAL_SEED = 7;

export type TradeFigures = {
  readonly count: number;
  readonly netBps: number;
  readonly net: Interval | undefined;
  readonly grossBps: number;
  readonly winShare: number;
  readonly wins: Interval;
  /** Of the running sum of net bps. */
  readonly drawdownBps: number;
  /** Costs ÷ all that the market moved for or against: above 1 costs outweigh every move. */
  readonly feeShare: number;
};

/** Trades in the order in which they were decided. */
export function figuresOf(trades: readonly Trade[]): TradeFigures {
  const nets = trades.map(({ netBps }) => netBps);
  const won = nets.filter((net) => net > 0).length;
  const moved = trades.reduce((sum, { grossBps }) => sum + Math.abs(grossBps), 0);
  const costs = trades.reduce((sum, { grossBps, netBps }) => sum + grossBps - netBps, 0);
  return {
    count: trades.length,
    netBps: mean(nets),
    net: dailyInterval(
      trades.map(({ decidedMs, netBps }) => ({ timeMs: decidedMs, value: netBps })),
      INTERVAL_SEED,
    ),
    grossBps: mean(trades.map(({ grossBps }) => grossBps)),
    winShare: won / trades.length,
    wins: wilson(won, trades.length),
    drawdownBps: drawdown(nets),
    feeShare: costs / moved,
  };
}
