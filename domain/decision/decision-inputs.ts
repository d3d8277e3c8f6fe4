import type { Consultation } from '../analysis/consultation.ts';
import type { StandingVeto } from '../analysis/standing-veto.ts';
import type { CpmmPool } from '../execution/venues/raydium-cpmm.ts';
import { basisPoints, lamports, quoteUnits } from '../shared/units.ts';
import { wholeNumber } from '../shared/whole-number.ts';
import type { Wire } from '../shared/wire.ts';
import type { SecondLook } from './decide-again.ts';
import type { DecisionSettings } from './decision-settings.ts';

/** What `decide` was given beside candidate and opinion: with these it can be asked again. */
export type DecisionInputs = {
  /** Undefined where the pool was not seen in time. */
  readonly pool: CpmmPool | undefined;
  readonly lastEventMs: number;
  readonly settings: DecisionSettings;
  readonly consultation: Consultation | undefined;
  /** Only where a person had to say yes first: the decision is the second one. */
  readonly again?: SecondLook | undefined;
  /** Said beside an earlier trade of the market. */
  readonly veto?: StandingVeto | undefined;
};

export function inputsToWire({ pool, settings, ...rest }: DecisionInputs): Wire<DecisionInputs> {
  return {
    ...rest,
    pool: pool && poolToWire(pool),
    settings: {
      ...settings,
      notional: String(settings.notional),
      notionalMin: String(settings.notionalMin),
      tipMax: String(settings.tipMax),
      feeMax: String(settings.feeMax),
    },
  } as Wire<DecisionInputs>;
}

/** Throws `input/invalid` that names the field. */
export function inputsFromWire(wire: Wire<DecisionInputs>): DecisionInputs {
  const { pool, settings } = wire;
  const amountOf = (name: 'notional' | 'notionalMin' | 'tipMax' | 'feeMax'): bigint =>
    wholeNumber(settings[name], `settings.${name}`);
  return {
    lastEventMs: wire.lastEventMs,
    veto: wire.veto as StandingVeto | undefined,
    consultation: wire.consultation as Consultation | undefined,
    ...(wire.again ? { again: wire.again as SecondLook } : {}),
    pool: pool && poolFromWire(pool),
    settings: {
      ...settings,
      notional: quoteUnits(amountOf('notional')),
      notionalMin: quoteUnits(amountOf('notionalMin')),
      slippageMax: basisPoints(settings.slippageMax),
      exitSlippageMax: basisPoints(settings.exitSlippageMax),
      tipMax: lamports(amountOf('tipMax')),
      feeMax: lamports(amountOf('feeMax')),
    },
  };
}

const POOL_AMOUNTS = [
  ...(['vault0', 'vault1', 'protocolFees0', 'protocolFees1', 'fundFees0', 'fundFees1'] as const),
  ...(['creatorFees0', 'creatorFees1', 'tradeFeeRate', 'protocolFeeRate'] as const),
  ...(['fundFeeRate', 'creatorFeeRate', 'openTime'] as const),
] satisfies readonly (keyof CpmmPool)[];

type PoolAmounts = Pick<CpmmPool, (typeof POOL_AMOUNTS)[number]>;

function poolToWire(pool: CpmmPool): Wire<CpmmPool> {
  const amounts = Object.fromEntries(POOL_AMOUNTS.map((name) => [name, String(pool[name])]));
  return { ...pool, ...(amounts as Wire<PoolAmounts>) };
}

function poolFromWire(wire: Wire<CpmmPool>): CpmmPool {
  const amounts = Object.fromEntries(
    POOL_AMOUNTS.map((name) => [name, wholeNumber(wire[name], `pool.${name}`)]),
  );
  return { ...wire, ...(amounts as PoolAmounts) };
}
