import type { PermitLife } from '../../adapters/ledger/trade-life.ts';
import type { Market } from '../../domain/market/market.ts';
import {
  describeCost,
  exchangeOf,
  executedLegOf,
  executionCostOf,
} from '../../domain/settlement/execution-cost.ts';
import { rentOf } from '../../domain/settlement/settlement.ts';
import {
  humanAmount,
  humanBps,
  humanChange,
  humanDuration,
  humanTime,
  plainNumber,
} from '../../domain/shared/human-amounts.ts';
import { adviceRows, promptText } from '../../temporal/overlay-rows.ts';
import { facts } from '../table.ts';
import { humanMicros } from './describe-trades.ts';
import type { WholeTrade } from './whole-trade.ts';

type Pair = readonly [name: string, value: string];

const NEIGHBOURS_SHOWN_MAX = 5;
const SOL_DECIMALS = 9;

/** The whole life of one trade, stage by stage, for a terminal. */
export function describeWholeTrade(trade: WholeTrade, market: Market): string {
  const { candidate } = trade;
  const heading: readonly Pair[] = [
    ['trade', trade.signalId],
    ['stage', `${trade.stage}${trade.exploring ? ' (exploring)' : ''}`],
    [
      'candidate',
      `${trade.market} · ${trade.screen} at ${candidate.price} · ${humanTime(trade.marketTimeMs)}`,
    ],
  ];
  const pairs: readonly Pair[] = [
    ...heading,
    ...opinionPairs(trade),
    ...overlayPairs(trade),
    ...decisionPairs(trade, market),
    ...trade.breaches.map(({ rule, limit, actual }): Pair => [
      'breach',
      `${rule}: limit ${limit}, found ${actual}`,
    ]),
    ...trade.permits.flatMap((permit) => permitPairs(permit, market)),
    ...positionPairs(trade, market),
    ...outcomePairs(trade, market),
    ['web ui', trade.webUi ?? ''],
  ];
  return facts(pairs);
}

function opinionPairs({ opinion, reasons, stage }: WholeTrade): readonly Pair[] {
  if (!opinion) return stage === 'declined' ? [['reasons', reasons.join(' ')]] : [];
  const { direction, conviction, probability, dissimilarity, known, memorySize } = opinion;
  const numbers = [
    direction,
    `conviction ${conviction.toFixed(2)}`,
    `probability ${probability.toFixed(2)}`,
    `${known ? 'known' : 'UNKNOWN'} state, dissimilarity ${plainNumber(dissimilarity)}`,
    `memory of ${memorySize}`,
  ];
  const near = opinion.neighbours
    .slice(0, NEIGHBOURS_SHOWN_MAX)
    .map(
      ({ id, distance, outcomeBps }) =>
        `${id} at ${plainNumber(distance)}: ${humanBps(outcomeBps)}`,
    );
  const more = opinion.neighbours.length - near.length;
  return [
    ['opinion', numbers.join(' · ')],
    ['', opinion.reasons.join(' ')],
    ['neighbours', `${near.join(' · ')}${more > 0 ? ` · ${more} more` : ''}`],
  ];
}

/** Which model answered to which prompt, its verdict, cost and latency; or why there is none. */
function overlayPairs({ consulted }: WholeTrade): readonly Pair[] {
  if (!consulted) return [];
  const { consultation, beside } = consulted;
  return [...adviceRows(consultation, beside), ['overlay prompt', promptText(consultation)]];
}

function decisionPairs(trade: WholeTrade, { quote }: Market): readonly Pair[] {
  const { expectedValueBps, notional, reasons, decision, opinion } = trade;
  // A decision repeats the opinion's reasons, which stand above it.
  const own = reasons.filter((reason) => !opinion?.reasons.includes(reason));
  const parts = [
    decision === undefined ? '' : decision.trade ? 'trade' : 'no trade',
    expectedValueBps === undefined ? '' : `EV ${humanBps(expectedValueBps)}`,
    notional === undefined ? '' : `${humanAmount(notional, quote.decimals)} ${quote.symbol}`,
    own.join(' '),
  ];
  return [['decision', parts.filter((part) => part !== '').join(' · ')]];
}

function permitPairs(permit: PermitLife, market: Market): readonly Pair[] {
  const { leg, attempt, status, reason, signature, adjustments } = permit;
  const { riskScore, permitToWireUs, deliveryUs, approvedToWireUs, tickToWireUs } = permit;
  const name = attempt === 1 ? leg : `${leg} ${attempt}`;
  const timings =
    permitToWireUs === undefined
      ? ''
      : [
          `read to wire ${humanMicros(permitToWireUs)}`,
          `delivery ${humanMicros(deliveryUs)}`,
          `approved to wire ${humanMicros(approvedToWireUs)}`,
          `market event to wire ${humanMicros(tickToWireUs)}`,
        ].join(' · ');
  const asked = `${permit.side} for ${amountIn(permit, market)}, risk ${riskScore.toFixed(2)}`;
  return [
    [name, `${status}${reason === undefined ? '' : ` (${reason})`} · ${asked}`],
    ['', timings],
    ['', adjustments.map(({ rule, from, to }) => `${rule}: ${from} made ${to}`).join('; ')],
    ['', signature ?? ''],
    ...settlementPairs(permit, market),
  ];
}

const amountIn = ({ side, signal }: PermitLife, { base, quote }: Market): string => {
  const token = side === 'buy' ? quote : base;
  return `${humanAmount(signal.amountIn, token.decimals)} ${token.symbol}`;
};

function settlementPairs(
  { signal, settlement }: PermitLife,
  { base, quote }: Market,
): readonly Pair[] {
  if (!settlement) return [];
  const { kind, slot, error, fill, costs } = settlement;
  if (!fill) return [['', [kind, error ?? ''].filter((part) => part !== '').join(': ')]];
  const exchange = exchangeOf(fill.side, fill.amountIn, fill.amountOut);
  const cost = executionCostOf(executedLegOf(signal, fill, { base, quote }));
  const sol = (lamports: string): string => `${humanAmount(lamports, SOL_DECIMALS)} SOL`;
  const network = [
    `fee ${sol(fill.fee)}`,
    `tip ${sol(fill.tip)}`,
    `rent ${sol(rentOf(fill))}`,
    `worth ${humanAmount(costs, quote.decimals)} ${quote.symbol}`,
  ];
  return [
    [
      '',
      `${kind} in slot ${slot ?? '?'} · ${humanAmount(exchange.base, base.decimals)} ${base.symbol}`,
    ],
    ['', describeCost(cost)],
    ['', network.join(' · ')],
  ];
}

function positionPairs({ position }: WholeTrade, { base, quote }: Market): readonly Pair[] {
  if (!position) return [];
  const { status, quantity, cost, exits, highWater, openedAtMs, closedAtMs } = position;
  return [
    [
      'position',
      `${status} · ${humanAmount(quantity, base.decimals)} ${base.symbol} for ${humanAmount(cost, quote.decimals)} ${quote.symbol}`,
    ],
    [
      '',
      `stop loss ${humanBps(-Number(exits.stopLoss))} · take profit ${humanBps(exits.takeProfit)} · time exit after ${humanDuration(exits.timeExitMs)}`,
    ],
    ['', highWater === undefined ? '' : `highest ${highWater}`],
    [
      '',
      `opened ${humanTime(openedAtMs)}${closedAtMs === undefined ? '' : `, closed ${humanTime(closedAtMs)}`}`,
    ],
  ];
}

function outcomePairs({ outcome, realisedPnl }: WholeTrade, { quote }: Market): readonly Pair[] {
  const pnl = outcome?.realisedPnl ?? realisedPnl;
  if (pnl === undefined) return [];
  const parts = [`${humanChange(pnl, quote.decimals)} ${quote.symbol}`];
  if (outcome) {
    parts.push(
      humanBps(outcome.returnBps),
      outcome.exitReason,
      `held ${humanDuration(outcome.holdMs)}`,
    );
  }
  return [['outcome', parts.join(' · ')]];
}
