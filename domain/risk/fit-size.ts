import type { Signal } from '../decision/signal.ts';
import { portionOf, quoteUnits, tokenUnits } from '../shared/units.ts';
import { ceilDivide } from '../shared/valuation.ts';
import { equityOf } from './equity.ts';
import type { RiskLimits, RiskView } from './risk-view.ts';
import type { Adjustment, BreachRule } from './verdict.ts';

export type FittedSignal = {
  readonly signal: Signal;
  readonly adjustments: readonly Adjustment[];
};

/**
 * An entry made as small as notional, position share and total exposure want it. If that would be
 * below the least size, the signal stays as it was and the rules refuse it. Never enlarges.
 */
export function fitSize(signal: Signal, view: RiskView, limits: RiskLimits): FittedSignal {
  const asIs = { signal, adjustments: [] };
  if (signal.leg === 'exit' || signal.notional <= 0n) return asIs;

  const tight = roomByRule(view, limits).filter(({ room }) => room < signal.notional);
  const target = tight.reduce<bigint>(
    (least, { room }) => (room < least ? room : least),
    signal.notional,
  );
  if (tight.length === 0) return asIs;

  const smaller = scale(signal, target);
  if (smaller.notional < limits.notionalMin) return asIs;
  const adjustments = tight.map(({ rule, room }) => ({
    rule,
    field: 'amountIn' as const,
    from: String(signal.amountIn),
    to: String(scale(signal, room).amountIn),
  }));
  return { signal: smaller, adjustments };
}

type Room = { readonly rule: BreachRule; readonly room: bigint };

function roomByRule(view: RiskView, limits: RiskLimits): readonly Room[] {
  const rooms: Room[] = [
    { rule: 'notional', room: limits.notionalMax },
    { rule: 'total-exposure', room: limits.exposureMax - view.committed },
  ];
  const equity = equityOf(view);
  if (equity !== undefined) {
    const share = portionOf(equity, limits.positionShareMax);
    rooms.push({ rule: 'position-share', room: share - view.committedInMarket });
  }
  return rooms.map(({ rule, room }) => ({ rule, room: room > 0n ? room : 0n }));
}

/**
 * Rounded against ourselves: we spend no more than the target and accept no worse price. The quote
 * is scaled down, too; a smaller trade moves the pool less, so the real one is no worse.
 */
function scale(signal: Signal, target: bigint): Signal {
  const amountIn = (signal.amountIn * target) / signal.notional;
  if (signal.amountIn === 0n) return signal;
  const part = (amount: bigint) => (amount * amountIn) / signal.amountIn;
  const quotedOut = part(signal.quotedOut);
  const least = ceilDivide(signal.minAmountOut * amountIn, signal.amountIn);
  return {
    ...signal,
    amountIn: tokenUnits(amountIn),
    quotedOut: tokenUnits(quotedOut),
    // Without slippage the rounded-up least could pass the quote, and no fill would do.
    minAmountOut: tokenUnits(least > quotedOut ? quotedOut : least),
    notional: quoteUnits(ceilDivide(signal.notional * amountIn, signal.amountIn)),
  };
}
