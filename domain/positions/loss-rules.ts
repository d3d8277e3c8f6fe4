import { quoteUnits, type QuoteUnits } from '../shared/units.ts';

const DAY_MS = 86_400_000;

export type LossView = {
  readonly marketTimeMs: number;
  /** Realised results of the run, net of all costs, with the market time of each close. */
  readonly realised: readonly { readonly closedAtMs: number; readonly pnl: QuoteUnits }[];
  /** Of what is open now. All of it counts to the present day. */
  readonly openPnl: QuoteUnits;
};

export type LossLimits = { readonly dailyLossMax: QuoteUnits; readonly totalLossMax: QuoteUnits };

export type LossBreach =
  | { readonly rule: 'total-loss'; readonly loss: QuoteUnits; readonly limit: QuoteUnits }
  | {
      readonly rule: 'daily-loss';
      readonly loss: QuoteUnits;
      readonly limit: QuoteUnits;
      /** Market time at which the next UTC market day begins. */
      readonly untilMs: number;
    };

/** What the limits are compared with: results with what is open, a loss below 0. */
export function resultsOf({ marketTimeMs, realised, openPnl }: LossView): {
  readonly dayMs: number;
  readonly today: bigint;
  readonly total: bigint;
} {
  const dayMs = Math.floor(marketTimeMs / DAY_MS) * DAY_MS;
  const today = sumOf(realised.filter((one) => one.closedAtMs >= dayMs)) + openPnl;
  return { dayMs, today, total: sumOf(realised) + openPnl };
}

/** The limits that are passed now: a loss may reach its limit, not exceed it. */
export function lossBreaches(view: LossView, limits: LossLimits): readonly LossBreach[] {
  const { dayMs, today, total } = resultsOf(view);
  const breaches: LossBreach[] = [];
  if (-total > limits.totalLossMax) {
    breaches.push({ rule: 'total-loss', loss: quoteUnits(-total), limit: limits.totalLossMax });
  }
  if (-today > limits.dailyLossMax) {
    const untilMs = dayMs + DAY_MS;
    const loss = quoteUnits(-today);
    breaches.push({ rule: 'daily-loss', loss, limit: limits.dailyLossMax, untilMs });
  }
  return breaches;
}

function sumOf(results: LossView['realised']): bigint {
  return results.reduce((sum, { pnl }) => sum + pnl, 0n);
}
