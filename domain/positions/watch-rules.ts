import { compareDecimals, parseDecimal, type Decimal } from '../shared/decimal.ts';
import { quoteUnits, type QuoteUnits, type TokenUnits } from '../shared/units.ts';
import type { ExitReason, Position } from './position.ts';

export type PriceScale = { readonly baseDecimals: number; readonly quoteDecimals: number };

export type WatchView = {
  /** The feed's price, quote per base. */
  readonly price: Decimal;
  readonly scale: PriceScale;
  readonly marketTimeMs: number;
};

/**
 * Why this position should be closed now, if it should. Price limits are distances from the fill:
 * cost ÷ quantity, compared as whole numbers, so that a limit is met exactly or not at all.
 */
export function exitReasonOf(
  position: Pick<Position, 'quantity' | 'cost' | 'exits' | 'openedAtMs'>,
  { price, scale, marketTimeMs }: WatchView,
): Extract<ExitReason, 'stop-loss' | 'take-profit' | 'time'> | undefined {
  const { stopLoss, takeProfit, timeExitMs } = position.exits;
  const [value, unit] = valueFraction(position.quantity, price, scale);
  // value ÷ unit against cost · share ÷ 10,000, multiplied out.
  const worth = value * 10_000n;
  const cost = position.cost * unit;
  if (worth <= cost * BigInt(10_000 - stopLoss)) return 'stop-loss';
  if (worth >= cost * BigInt(10_000 + takeProfit)) return 'take-profit';
  return marketTimeMs - position.openedAtMs >= timeExitMs ? 'time' : undefined;
}

/** What a position would bring at the feed's price less what it cost, rounded down. */
export function openPnlOf(
  position: Pick<Position, 'quantity' | 'cost' | 'costsPaid'>,
  price: Decimal,
  scale: PriceScale,
): QuoteUnits {
  const [value, unit] = valueFraction(position.quantity, price, scale);
  return quoteUnits(value / unit - position.cost - position.costsPaid);
}

/** The higher of the two prices, and whether it is a new high. */
export function raisedHigh(
  high: string | undefined,
  price: string,
): { readonly high: string; readonly raised: boolean } {
  const raised =
    high === undefined ||
    compareDecimals(parseDecimal(price, 'price'), parseDecimal(high, 'high water')) > 0;
  return raised ? { high: price, raised } : { high, raised };
}

/** Quote units as an exact fraction: quantity · price, scaled from base to quote decimals. */
function valueFraction(
  quantity: TokenUnits,
  price: Decimal,
  { baseDecimals, quoteDecimals }: PriceScale,
): readonly [value: bigint, unit: bigint] {
  return [
    quantity * price.digits * 10n ** BigInt(quoteDecimals),
    10n ** BigInt(price.scale + baseDecimals),
  ];
}
