/** A signal and a portfolio that risk has nothing against. */
export const aRiskQuestion = () => ({
  signal: {
    market: 'SOL-USDC',
    side: 'buy',
    amount_in: '200000000',
    quoted_out: '1360000000',
    min_amount_out: '1353200000',
    notional: '200000000',
    collar_bps: 12,
    market_time_ms: 1_746_365_820_000,
  },
  portfolio: { quote_balance: '10000000000', lamports: '10000000000' },
});
