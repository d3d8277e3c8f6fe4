import { describe, expect, it } from 'vitest';
import { parseDecimal } from '../../../domain/shared/decimal.ts';
import { equityOf } from '../../../domain/risk/equity.ts';
import { openPnlOf } from '../../../domain/risk/open-pnl.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';
import { aHeldPosition, aRiskView } from '../../support/risk.ts';

const markAt = (price: string) => () => ({
  price: parseDecimal(price, 'price'),
  baseDecimals: 9,
  quoteDecimals: 6,
});

describe('open P&L', () => {
  it('is what positions would bring, rounded down, less all they cost', () => {
    // 1.359 SOL at 146.740001 are 199.419661359 USDC; paid were 200.01.
    expect(openPnlOf([aHeldPosition()], markAt('146.740001'))).toBe(-590_339n);
  });
  it('is unknown where one price is missing', () => {
    const other = aHeldPosition({ market: 'BTC-USDC' });
    const onlySol = (market: string) => (market === 'SOL-USDC' ? markAt('1')() : undefined);
    expect(openPnlOf([aHeldPosition(), other], onlySol)).toBeUndefined();
  });
  it('of nothing is nothing', () => {
    expect(openPnlOf([], () => undefined)).toBe(0n);
  });
});

describe('equity', () => {
  it('is the balance and what positions are worth now', () => {
    const view = aRiskView({ positions: [aHeldPosition()], openPnl: quoteUnits(-590_339n) });
    expect(equityOf(view)).toBe(10_000_000_000n + 199_419_661n);
  });
  it.each([{ quoteBalance: undefined }, { openPnl: undefined }])(
    'is unknown with %o',
    (unknown) => {
      expect(equityOf(aRiskView(unknown))).toBeUndefined();
    },
  );
});
