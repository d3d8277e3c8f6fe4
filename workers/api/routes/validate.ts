import { z } from 'zod';
import type { Signal } from '../../../domain/decision/signal.ts';
import { judgeSignal } from '../../../domain/risk/approve-signal.ts';
import type { RiskLimits, RiskView } from '../../../domain/risk/risk-view.ts';
import {
  basisPoints,
  lamports,
  quoteUnits,
  tokenUnits,
  type QuoteUnits,
} from '../../../domain/shared/units.ts';
import { jsonAnswer } from '../problem.ts';
import { post, type PostRoute } from '../serve.ts';
import { amount, bps, count, market, signedAmount, timeMs } from './fields.ts';

const ROWS_MAX = 100;

const signal = z.strictObject({
  market,
  side: z.enum(['buy', 'sell'], 'buy, which opens a position, or sell, which closes one'),
  amount_in: amount,
  quoted_out: amount,
  min_amount_out: amount,
  notional: amount.describe('Value of what is put in, quote base units.'),
  collar_bps: bps.default(0).describe("How far the pool's price lies from the feed's."),
  market_time_ms: timeMs,
  /** Of the newest event known when deciding; without it the data counts as young. */
  last_event_ms: timeMs.optional(),
});

const portfolio = z.strictObject({
  quote_balance: amount,
  lamports: amount,
  positions: z
    .array(
      z.strictObject({
        market,
        quantity: amount,
        cost: amount,
        costs_paid: amount.default('0'),
      }),
    )
    .max(ROWS_MAX)
    .default([]),
  pending_entries: z
    .array(z.strictObject({ market, notional: amount }))
    .max(ROWS_MAX)
    .default([]),
  open_pnl: signedAmount.default('0'),
  realised_today: signedAmount.default('0'),
  realised_in_run: signedAmount.default('0'),
  last_exit_ms: timeMs.optional(),
});

/** What is left out is as the system is configured. */
const limits = z.strictObject({
  notional_max: amount.optional(),
  notional_min: amount.optional(),
  position_share_bps_max: bps.optional(),
  exposure_max: amount.optional(),
  open_positions_max: count.optional(),
  daily_loss_max: amount.optional(),
  total_loss_max: amount.optional(),
  collar_bps_max: bps.optional(),
  cool_down_ms: z.int().min(0).max(86_400_000).optional(),
  wallet_floor_lamports: amount.optional(),
  slippage_bps_max: bps.optional(),
  exit_slippage_bps_max: bps.optional(),
});

const request = z.strictObject({ signal, portfolio, limits: limits.default({}) });

const answers = z.strictObject({
  approved: z.boolean(),
  risk_score: z.number().min(0).max(1).describe('The largest actual ÷ limit over the rules.'),
  adjustments: z.array(
    z.strictObject({ rule: z.string(), field: z.string(), from: z.string(), to: z.string() }),
  ),
  breaches: z.array(z.strictObject({ rule: z.string(), limit: z.string(), actual: z.string() })),
});

type Request = z.output<typeof request>;

/**
 * A question, not an approval: it reserves nothing and makes no permit. What depends on the state of
 * the system (halts, leases, epochs, fresh data) is asked where trades are approved.
 */
export function validateRoute(configured: RiskLimits): PostRoute {
  return post({
    scopes: ['risk'],
    summary: 'What risk would say of a signal, held against a portfolio and limits.',
    schema: request,
    answers,
    handle(body) {
      const asked = signalOf(body);
      const { breaches, riskScore, adjustments } = judgeSignal(
        asked,
        viewOf(body, asked),
        limitsOf(body.limits, configured),
      );
      const said: z.input<typeof answers> = {
        approved: breaches.length === 0,
        risk_score: riskScore,
        adjustments: [...adjustments],
        breaches: [...breaches],
      };
      return jsonAnswer(200, said);
    },
  });
}

const quote = (text: string): QuoteUnits => quoteUnits(BigInt(text));
const heldIn = (id: string): string => `held/${id}`;
const NO_PLAN = { stopLoss: basisPoints(0), takeProfit: basisPoints(0), timeExitMs: 0 };

/** A sale is of the position that this market holds: there is one at most. */
function signalOf({ signal: asked }: Request): Signal {
  const isBuy = asked.side === 'buy';
  return {
    signalId: isBuy ? 'asked' : heldIn(asked.market),
    runId: 'asked',
    market: asked.market,
    leg: isBuy ? 'entry' : 'exit',
    attempt: 1,
    side: asked.side,
    amountIn: tokenUnits(BigInt(asked.amount_in)),
    quotedOut: tokenUnits(BigInt(asked.quoted_out)),
    minAmountOut: tokenUnits(BigInt(asked.min_amount_out)),
    notional: quote(asked.notional),
    collarBps: asked.collar_bps,
    marketTimeMs: asked.market_time_ms,
    lastEventMs: asked.last_event_ms ?? asked.market_time_ms,
    // No rule asks for these.
    ...{ slippageMax: basisPoints(0), feedPrice: '0', solPrice: '0', receivedNs: '0' },
    ...{ conviction: 0, probability: 0, expectedValueBps: 0, exploring: false },
    ...{ exits: NO_PLAN, timeToLiveMs: 0 },
  };
}

function viewOf({ portfolio: held }: Request, { market: id, marketTimeMs }: Signal): RiskView {
  const positions = held.positions.map((one) => ({
    signalId: heldIn(one.market),
    market: one.market,
    quantity: tokenUnits(BigInt(one.quantity)),
    cost: quote(one.cost),
    costsPaid: quote(one.costs_paid),
  }));
  const liveEntries = held.pending_entries.map((one) => ({
    signalId: `pending/${one.market}`,
    market: one.market,
    notional: quote(one.notional),
  }));
  const committed = [
    ...positions.map((one) => ({ market: one.market, size: one.cost })),
    ...liveEntries.map((one) => ({ market: one.market, size: one.notional })),
  ];
  const sumOf = (rows: typeof committed): QuoteUnits =>
    quoteUnits(rows.reduce((sum, { size }) => sum + size, 0n));
  return {
    ...WELL,
    ...{ positions, liveEntries, livePermits: liveEntries.length },
    committed: sumOf(committed),
    committedInMarket: sumOf(committed.filter((one) => one.market === id)),
    realisedToday: quote(held.realised_today),
    realisedInRun: quote(held.realised_in_run),
    lastExitMarketMs: held.last_exit_ms,
    lamports: BigInt(held.lamports),
    quoteBalance: quote(held.quote_balance),
    openPnl: quote(held.open_pnl),
    marketNowMs: marketTimeMs,
  };
}

/** A system that stands in nobody's way. */
const WELL = {
  executorEpoch: 1,
  haltEpoch: 0,
  halted: false,
  flattenOf: undefined,
  reduceOnlyUntilMs: undefined,
  reduceOnlyBy: undefined,
  leaseEpoch: 1,
  runState: 'running',
  backlog: 0,
  isSameMomentTaken: false,
  lastAttempt: 0,
  hasLiveAttempt: false,
  hasLandedAttempt: false,
  intervalMs: 60_000,
  isChainFresh: true,
} as const;

function limitsOf(given: Request['limits'], configured: RiskLimits): RiskLimits {
  const amountOf = (text: string | undefined, otherwise: QuoteUnits): QuoteUnits =>
    text === undefined ? otherwise : quote(text);
  const shareOf = (share: number | undefined, otherwise: RiskLimits['collarMax']) =>
    share === undefined ? otherwise : basisPoints(share);
  return {
    ...configured,
    notionalMax: amountOf(given.notional_max, configured.notionalMax),
    notionalMin: amountOf(given.notional_min, configured.notionalMin),
    positionShareMax: shareOf(given.position_share_bps_max, configured.positionShareMax),
    exposureMax: amountOf(given.exposure_max, configured.exposureMax),
    openPositionsMax: given.open_positions_max ?? configured.openPositionsMax,
    dailyLossMax: amountOf(given.daily_loss_max, configured.dailyLossMax),
    totalLossMax: amountOf(given.total_loss_max, configured.totalLossMax),
    collarMax: shareOf(given.collar_bps_max, configured.collarMax),
    coolDownMs: given.cool_down_ms ?? configured.coolDownMs,
    walletFloor:
      given.wallet_floor_lamports === undefined
        ? configured.walletFloor
        : lamports(BigInt(given.wallet_floor_lamports)),
    slippageMax: shareOf(given.slippage_bps_max, configured.slippageMax),
    exitSlippageMax: shareOf(given.exit_slippage_bps_max, configured.exitSlippageMax),
  };
}
