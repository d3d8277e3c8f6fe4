import type { DecisionFigures } from '../../adapters/ledger/read-decision-figures.ts';
import type { BusinessFigures } from '../../adapters/ledger/read-figures.ts';
import type { Totals } from '../../adapters/ledger/read-totals.ts';
import { setTotal, type Metrics } from '../../adapters/observability/metrics.ts';
import { toFloat } from '../../domain/shared/human-amounts.ts';
import type { Config } from '../../config/config.ts';

const SOL_DECIMALS = 9;
const MICRO_USD = 1_000_000;
/** Stages of a trade on which nothing is decided yet. */
const UNDECIDED = ['analysing', 'deciding'];

/** USDC is the quote of every market. */
export type Quote = { readonly mint: string; readonly decimals: number };

export function fillTotals({ gauges, totals }: Metrics, found: Totals, { decimals }: Quote): void {
  for (const [stage, count] of Object.entries(found.tradesByStage)) {
    gauges.trades.set({ stage }, count);
  }
  for (const [status, count] of Object.entries(found.permitsByStatus)) {
    gauges.permits.set({ status }, count);
  }
  for (const [decision, count] of Object.entries(decisionsOf(found.tradesByStage))) {
    setTotal(totals.decisions, { decision }, count);
  }
  gauges.exploring.set(found.exploring);
  gauges.positions.set(found.openPositions);
  gauges.realised.set(toFloat(found.realisedPnl, decimals));
  gauges.reserved.set(toFloat(found.exposure.reserved, decimals));
  gauges.spent.set(toFloat(found.exposure.spent, decimals));
}

function decisionsOf(byStage: Totals['tradesByStage']): Readonly<Record<string, number>> {
  const { declined = 0, refused = 0, ...rest } = byStage;
  const traded = Object.entries(rest).filter(([stage]) => !UNDECIDED.includes(stage));
  return { declined, refused, traded: traded.reduce((sum, [, count]) => sum + count, 0) };
}

export function fillBusiness(metrics: Metrics, figures: BusinessFigures, quote: Quote): void {
  const { gauges, totals } = metrics;
  const { winRatio, riskScore, unreported, reconciliation, wallet } = figures;
  gauges.costs.set(toFloat(figures.costs, quote.decimals));
  if (winRatio !== undefined) gauges.winRatio.set(winRatio);
  for (const [stat, score] of Object.entries(riskScore ?? {}))
    gauges.riskScore.set({ stat }, score);
  for (const [quantile, bps] of Object.entries(figures.slippageBps)) {
    gauges.slippage.set({ quantile }, bps);
  }
  for (const [market, amount] of Object.entries(figures.exposureByMarket)) {
    gauges.marketExposure.set({ market }, toFloat(amount, quote.decimals));
  }
  for (const [rule, count] of Object.entries(figures.refusalsByRule)) {
    setTotal(totals.refusals, { rule }, count);
  }
  for (const [stage, count] of Object.entries(figures.errorsByStage)) {
    setTotal(totals.stageErrors, { stage }, count);
  }
  gauges.unreported.set(unreported.count);
  gauges.unreportedAge.set(unreported.oldestMs / 1_000);
  if (reconciliation) {
    gauges.differences.set(reconciliation.differences);
    gauges.reconciliationAge.set(reconciliation.ageMs / 1_000);
  }
  if (!wallet) return;
  gauges.walletSol.set(toFloat(wallet['SOL'] ?? '0', SOL_DECIMALS));
  gauges.walletUsdc.set(toFloat(wallet[quote.mint] ?? '0', quote.decimals));
}

export function fillDecisions({ gauges }: Metrics, figures: DecisionFigures): void {
  const { conviction, hitRatio, brier, decisions } = figures;
  if (conviction !== undefined) gauges.conviction.set(conviction);
  if (hitRatio !== undefined) gauges.hitRatio.set(hitRatio);
  if (brier !== undefined) gauges.brier.set(brier);
  gauges.judged.set(figures.judged);
  for (const [policy, count] of Object.entries(figures.decisionsByPolicy)) {
    gauges.policyShare.set({ policy }, count / decisions);
  }
  for (const { provider, result, count } of figures.consultations) {
    gauges.consultations.set({ provider, result }, count);
  }
  gauges.llmCost.set(figures.llmMicroUsd / MICRO_USD);
}

/** What the configuration of this process says; the other processes get the same. */
export function fillLimits({ gauges }: Metrics, risk: Config['risk'], { decimals }: Quote): void {
  const limits = {
    exposure: risk.exposureMax,
    notional: risk.notionalMax,
    'daily-loss': risk.dailyLossMax,
    'total-loss': risk.totalLossMax,
  };
  for (const [limit, amount] of Object.entries(limits)) {
    gauges.limit.set({ limit }, toFloat(String(amount), decimals));
  }
  gauges.walletFloor.set(toFloat(String(risk.walletFloor), SOL_DECIMALS));
}
