import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Market } from '../../domain/market/market.ts';
import { parseDecimal, type Decimal } from '../../domain/shared/decimal.ts';
import { lamportsInQuote } from '../../domain/shared/valuation.ts';
import type { QuoteUnits } from '../../domain/shared/units.ts';
import type { Recording } from './recording.ts';

/** Prices and pools of a recorded market bar by bar, each made when it is first asked for. */
export type PaperMarket = {
  readonly market: Market;
  readonly bars: number;
  timeMs(at: number): number;
  /** The feed's close as it was written. */
  priceText(at: number): string;
  price(at: number): Decimal;
  /** The pool as simnet sets it to the bar's close. */
  pool(at: number): CpmmPool;
  /** Lamports in quote units at that bar, rounded up. */
  lamportsValue(amount: bigint, at: number): QuoteUnits;
};

export function createPaperMarket(recording: Recording, solUsdc: string): PaperMarket {
  const { market, readings } = recording;
  const decimals: Decimal[] = [];
  const pools: CpmmPool[] = [];
  const otherSol = parseDecimal(solUsdc, 'OVERMIND_SOL_USDC');
  const eventAt = (at: number) => {
    const reading = readings[at];
    if (!reading) throw new RangeError(`bar ${at} of ${readings.length}`);
    return reading.event;
  };
  const price = (at: number): Decimal =>
    (decimals[at] ??= parseDecimal(eventAt(at).close, 'price'));
  return {
    market,
    bars: readings.length,
    timeMs: (at) => eventAt(at).marketTimeMs,
    priceText: (at) => eventAt(at).close,
    price,
    pool: (at) => (pools[at] ??= poolOf(market, price(at))),
    lamportsValue: (amount, at) => {
      const sol = market.id === 'SOL-USDC' ? price(at) : otherSol;
      return lamportsInQuote(amount, sol, market.quote.decimals, 'up');
    },
  };
}

function poolOf(market: Market, price: Decimal): CpmmPool {
  const { base, quote } = paperReserves(price, market);
  const { baseIsToken0, tradeFeeRate, protocolFeeRate, fundFeeRate } = market.pool;
  return {
    slot: 0,
    vault0: baseIsToken0 ? base : quote,
    vault1: baseIsToken0 ? quote : base,
    protocolFees0: 0n,
    protocolFees1: 0n,
    fundFees0: 0n,
    fundFees1: 0n,
    creatorFees0: 0n,
    creatorFees1: 0n,
    tradeFeeRate: BigInt(tradeFeeRate),
    protocolFeeRate: BigInt(protocolFeeRate),
    fundFeeRate: BigInt(fundFeeRate),
    creatorFeeRate: 0n,
    creatorFeeEnabled: false,
    creatorFeeOn: 0,
    status: 0,
    openTime: 0n,
  };
}
