import { parseDecimal } from '../shared/decimal.ts';
import type { QuoteUnits } from '../shared/units.ts';
import { lamportsInQuote } from '../shared/valuation.ts';
import { lamportsPaid } from './settlement-of.ts';
import type { Settlement } from './settlement.ts';

/** What one transaction cost beside its swap (fee, tip, rent), in quote units, rounded up. */
export function legCosts(
  { deltas }: Pick<Settlement, 'deltas'>,
  solPrice: string,
  quoteDecimals: number,
): QuoteUnits {
  const price = parseDecimal(solPrice, 'signal.solPrice');
  return lamportsInQuote(lamportsPaid(deltas), price, quoteDecimals, 'up');
}
