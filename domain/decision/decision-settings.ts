import type { BasisPoints, Lamports, QuoteUnits } from '../shared/units.ts';

export type DecisionSettings = {
  /** Least conviction that may trade, 0–1. */
  readonly convictionMin: number;
  /** `observe` (paper only): a trade without expected value is made at the smallest size. */
  readonly evGate: 'enforce' | 'observe';
  readonly notional: QuoteUnits;
  readonly notionalMin: QuoteUnits;
  readonly slippageMax: BasisPoints;
  readonly exitSlippageMax: BasisPoints;
  /** What one leg may cost beside the swap; expected values count the whole of it. */
  readonly tipMax: Lamports;
  readonly feeMax: Lamports;
  readonly entryLifeMs: number;
  readonly exitLifeMs: number;
};
