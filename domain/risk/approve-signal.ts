import type { Signal } from '../decision/signal.ts';
import { permitIdOf } from '../shared/ids.ts';
import { fitSize, type FittedSignal } from './fit-size.ts';
import type { Permit, PermitFields } from './permit.ts';
import type { RiskLimits, RiskView } from './risk-view.ts';
import type { RiskRule } from './rule.ts';
import { attemptOpen } from './rules/attempt-open.ts';
import { backlog } from './rules/backlog.ts';
import { coolDown } from './rules/cool-down.ts';
import { dailyLoss } from './rules/daily-loss.ts';
import { duplicate } from './rules/duplicate.ts';
import { halted } from './rules/halted.ts';
import { noExecutor } from './rules/no-executor.ts';
import { notional } from './rules/notional.ts';
import { oldEpoch } from './rules/old-epoch.ts';
import { openPositions } from './rules/open-positions.ts';
import { positionOpen } from './rules/position-open.ts';
import { positionShare } from './rules/position-share.ts';
import { priceCollar } from './rules/price-collar.ts';
import { reduceOnly } from './rules/reduce-only.ts';
import { runEnded } from './rules/run-ended.ts';
import { slippage } from './rules/slippage.ts';
import { staleData } from './rules/stale-data.ts';
import { suspended } from './rules/suspended.ts';
import { totalExposure } from './rules/total-exposure.ts';
import { totalLoss } from './rules/total-loss.ts';
import { unknownPosition } from './rules/unknown-position.ts';
import { walletFloor } from './rules/wallet-floor.ts';
import type { Breach, Verdict } from './verdict.ts';

const EITHER_LEG: readonly RiskRule[] = [
  halted,
  suspended,
  noExecutor,
  oldEpoch,
  backlog,
  attemptOpen,
  slippage,
];
const ENTRY: readonly RiskRule[] = [
  ...EITHER_LEG,
  runEnded,
  reduceOnly,
  notional,
  positionShare,
  totalExposure,
  openPositions,
  positionOpen,
  dailyLoss,
  totalLoss,
  priceCollar,
  staleData,
  duplicate,
  coolDown,
  walletFloor,
];
/** An exit only takes risk away, so nothing that guards an entry may hold it back. */
const EXIT: readonly RiskRule[] = [...EITHER_LEG, unknownPosition];

/** What a permit says beyond its signal and the ledger's epochs. */
export type PermitTerms = Pick<
  PermitFields,
  | 'wallet'
  | 'mintIn'
  | 'mintOut'
  | 'feeMax'
  | 'tipMax'
  | 'route'
  | 'issuedAtMs'
  | 'validUntilMs'
  | 'validUntilHeight'
>;

export type Judgement = FittedSignal & {
  /** None: it may be approved. */
  readonly breaches: readonly Breach[];
  /** The largest actual ÷ limit over the rules, 0 to 1. */
  readonly riskScore: number;
};

/** What every rule says of a signal; nothing comes of it. */
export function judgeSignal(wanted: Signal, view: RiskView, limits: RiskLimits): Judgement {
  const fitted = fitSize(wanted, view, limits);
  const rules = fitted.signal.leg === 'entry' ? ENTRY : EXIT;
  const findings = rules.map((rule) => rule(fitted.signal, view, limits));
  const breaches = findings.map(({ breach }) => breach).filter((breach) => breach !== undefined);
  const riskScore = Math.min(1, Math.max(...findings.map(({ share }) => share)));
  return { ...fitted, breaches, riskScore };
}

/** The only place a `Permit` is made. Every rule is asked, so a refusal names every breach. */
export function approveSignal(
  wanted: Signal,
  view: RiskView,
  limits: RiskLimits,
  terms: PermitTerms,
): Verdict {
  const { signal, adjustments, breaches, riskScore } = judgeSignal(wanted, view, limits);
  if (breaches.length > 0) return { approved: false, breaches };
  return { approved: true, permit: permitOf(signal, view, terms), signal, riskScore, adjustments };
}

function permitOf(signal: Signal, view: RiskView, terms: PermitTerms): Permit {
  const { signalId, leg, attempt, market, side, amountIn, minAmountOut } = signal;
  const fields: PermitFields = {
    ...terms,
    id: permitIdOf(signalId, leg, attempt),
    leg,
    attempt,
    market,
    side,
    amountIn,
    minAmountOut,
    reduceOnly: leg === 'exit',
    // Approved while halted: the rule has let only this halt's flatten pass.
    flattenOf: view.halted ? view.haltEpoch : undefined,
    executorEpoch: view.executorEpoch,
    haltEpoch: view.haltEpoch,
  };
  return fields as Permit; // The gate: every rule was asked above and none was broken.
}
