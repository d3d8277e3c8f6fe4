import { loadMarkets } from '../../config/markets.ts';
import type { EntryQuestion } from '../../domain/decision/decide.ts';
import type { DecisionSettings } from '../../domain/decision/decision-settings.ts';
import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Market } from '../../domain/market/market.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import { basisPoints, lamports, quoteUnits } from '../../domain/shared/units.ts';
import { aPool } from './permits.ts';
import { aCandidate, anOpinion } from './trade-wires.ts';

export function marketOf(id: string): Market {
  const [market] = loadMarkets([id]);
  if (!market) throw new Error(`no market ${id}`);
  return market;
}

/** The paper pool of a market at a price. */
export function poolAt(price: string, market = marketOf('SOL-USDC')): CpmmPool {
  const { base, quote } = paperReserves(parseDecimal(price, 'price'), market);
  const [vault0, vault1] = market.pool.baseIsToken0 ? [base, quote] : [quote, base];
  return aPool({ vault0, vault1 });
}

export const someSettings = (change: Partial<DecisionSettings> = {}): DecisionSettings => ({
  convictionMin: 0.7,
  evGate: 'enforce',
  notional: quoteUnits(200_000_000n),
  notionalMin: quoteUnits(20_000_000n),
  slippageMax: basisPoints(50),
  exitSlippageMax: basisPoints(500),
  tipMax: lamports(20_000n),
  feeMax: lamports(50_000n),
  entryLifeMs: 2_000,
  exitLifeMs: 5_000,
  ...change,
});

/** A candidate of SOL at 146.74 whose opinion is well worth its costs. */
export const aQuestion = (change: Partial<EntryQuestion> = {}): EntryQuestion => ({
  candidate: aCandidate(),
  opinion: anOpinion({ probability: 0.9, averageWinBps: 200, averageLossBps: 60 }),
  pool: poolAt('146.74'),
  market: marketOf('SOL-USDC'),
  lastEventMs: aCandidate().marketTimeMs,
  settings: someSettings(),
  ...change,
});
