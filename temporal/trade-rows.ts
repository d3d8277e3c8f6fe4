import type { ApprovalEnd } from '../domain/control/approval-order.ts';
import {
  describeCost,
  executedLegOf,
  executionCostOf,
} from '../domain/settlement/execution-cost.ts';
import { rentOf } from '../domain/settlement/settlement.ts';
import { humanAmount, humanBps, humanDuration, humanTime } from '../domain/shared/human-amounts.ts';
import {
  actionOf,
  askedOf,
  baseText,
  changeText,
  fillOf,
  microsBetween,
  priceOf,
  quoteText,
} from './leg-figures.ts';
import type { LegFacts, TradeFacts, TradeSetting } from './trade-facts.ts';

/** One line of the details table: what, and what about it. */
export type Row = readonly [what: string, about: string];

const LAMPORT_DECIMALS = 9;
const SIGNATURE_END = 8;
const SIGNATURE_SHOWN_MAX = 20;
const bpsPercent = (bps: number): string => `${bps / 100} %`;

export function screenRows({ candidate }: TradeFacts): Row[] {
  return [
    ['market time', humanTime(candidate.marketTimeMs)],
    ['screen that fired', `${candidate.screen}, at ${candidate.price}`],
  ];
}

export function opinionRows({ opinion, setting, entry, reasons = [] }: TradeFacts): Row[] {
  const rows: Row[] = [];
  if (opinion) {
    rows.push(
      [
        'opinion',
        `${opinion.direction} · conviction ${opinion.conviction.toFixed(2)} · ` +
          `probability ${opinion.probability.toFixed(2)}`,
      ],
      [
        'evidence',
        `the nearest ${opinion.neighbours.length} of ${opinion.memorySize} past states · dissimilarity ` +
          `${opinion.dissimilarity.toFixed(2)}${opinion.known ? '' : ' (unknown state)'} · ` +
          `${opinion.policy} policy ${opinion.policyVersion}`,
      ],
    );
  }
  // The decision's reasons begin where the opinion's end; one list says both, each once.
  for (const reason of new Set([...(opinion?.reasons ?? []), ...reasons])) {
    rows.push(['reason', reason]);
  }
  if (!entry) return rows;
  const { signal } = entry;
  const trying = signal.exploring ? ' · exploring: made to learn, at the smallest size' : '';
  return [
    ...rows,
    [
      'decision',
      `${actionOf({ signal }, setting)} · EV ${humanBps(signal.expectedValueBps)}${trying}`,
    ],
    [
      'exits',
      `stop −${bpsPercent(signal.exits.stopLoss)} · target +${bpsPercent(signal.exits.takeProfit)}` +
        ` · at the latest after ${humanDuration(signal.exits.timeExitMs)}`,
    ],
  ];
}

export function approvalRows({ approval, setting }: TradeFacts): Row[] {
  if (!approval) return [];
  const { asked, untilMs, ended, order } = approval;
  const price = priceOf(askedOf({ signal: asked }), setting);
  const asking = `${actionOf({ signal: asked }, setting)} at ${price}`;
  if (ended === undefined) {
    const until = new Date(untilMs).toISOString().slice(11, 19);
    return [['waits for a person', `${asking} · until ${until} UTC, by the host's clock`]];
  }
  const by = order ? `${ended} by ${order.operator}: ${order.reason}` : APPROVAL_END_TEXT[ended];
  return [['a person was asked', `${asking} · ${by}`]];
}

const APPROVAL_END_TEXT: Readonly<Record<ApprovalEnd, string>> = {
  approved: 'approved',
  rejected: 'rejected',
  late: 'nobody answered in time',
  'run-ended': 'the run ended first',
  cancelled: 'the workflow was cancelled first',
};

/** Approval, execution and settlement of one attempt, in the order they happen. */
export function legRows(name: string, leg: LegFacts, setting: TradeSetting): Row[] {
  return [
    ...riskRows(name, leg, setting),
    ...reportRows(name, leg),
    ...settlementRows(name, leg, setting),
  ];
}

function riskRows(name: string, leg: LegFacts, setting: TradeSetting): Row[] {
  const breaches = (leg.breaches ?? []).map(({ rule, limit, actual }): Row => [
    `${name} refused by risk`,
    `${rule}: limit ${limit}, found ${actual}`,
  ]);
  if (!leg.permit) return breaches;
  const asked = askedOf(leg);
  const score = leg.riskScore === undefined ? '' : ` · risk score ${leg.riskScore.toFixed(2)}`;
  return [
    ...breaches,
    [
      `${name} approved`,
      `${actionOf(leg, setting)} for ${quoteText(asked.quote, setting)} at ` +
        `${priceOf(asked, setting)} · slippage ≤ ${leg.signal.slippageMax} bps${score}`,
    ],
    ...(leg.adjustments ?? []).map(({ rule, from, to }): Row => {
      const text = leg.signal.side === 'buy' ? quoteText : baseText;
      return [`${name} made smaller`, `${rule}: ${text(from, setting)} → ${text(to, setting)}`];
    }),
  ];
}

function reportRows(name: string, { report }: LegFacts): Row[] {
  if (!report) return [];
  if (report.kind === 'refused') {
    return [[`${name} refused by the executor`, report.reason ?? 'no reason given']];
  }
  if (report.kind === 'uncertain') {
    return [[`${name} uncertain`, 'an earlier executor may have sent it: the chain will tell']];
  }
  const latency = [
    [microsBetween(report.readNs, report.wireNs), 'µs from permit to wire'],
    [microsBetween(report.publishedNs, report.readNs), 'µs of delivery before'],
  ].flatMap(([micros, what]) => (micros === undefined ? [] : [`${micros} ${what}`]));
  const signature = `signature ${shortened(report.signature ?? 'unknown')}`;
  return [[`${name} sent`, [...latency, signature].join(' · ')]];
}

/** Its 88 characters would widen the Web UI's table beyond its pane; the result has all of them. */
const shortened = (signature: string): string =>
  signature.length <= SIGNATURE_SHOWN_MAX
    ? signature
    : `${signature.slice(0, SIGNATURE_END)}…${signature.slice(-SIGNATURE_END)}`;

function settlementRows(name: string, leg: LegFacts, setting: TradeSetting): Row[] {
  const { settlement } = leg;
  if (!settlement) return [];
  if (settlement.kind === 'expired') {
    return [[`${name} expired`, 'proven: it can no longer land, nothing was traded']];
  }
  if (settlement.kind === 'failed') {
    return [[`${name} failed on chain`, settlement.error ?? 'no error given']];
  }
  const { fill } = settlement;
  const exchange = fillOf(leg);
  if (!fill || !exchange) return [[`${name} landed`, `in slot ${settlement.slot ?? 'unknown'}`]];
  const done = fill.side === 'buy' ? 'bought' : 'sold';
  return [
    [
      `${name} landed`,
      `${done} ${baseText(exchange.base, setting)} for ${quoteText(exchange.quote, setting)} at ` +
        `${priceOf(exchange, setting)} · slot ${settlement.slot ?? 'unknown'}`,
    ],
    [`${name} prices`, describeCost(executionCostOf(executedLegOf(leg.signal, fill, setting)))],
    [
      `${name} costs`,
      `fee ${humanAmount(fill.fee, LAMPORT_DECIMALS)} SOL · tip ` +
        `${humanAmount(fill.tip, LAMPORT_DECIMALS)} SOL · rent ` +
        `${humanAmount(rentOf(fill), LAMPORT_DECIMALS)} SOL`,
    ],
  ];
}

export function triggerRows({ trigger }: TradeFacts): Row[] {
  if (!trigger) return [];
  const { reason, price, marketTimeMs } = trigger;
  return [['exit wanted', `${reason}, at ${price} · ${humanTime(marketTimeMs)}`]];
}

export function outcomeRows({ outcome, setting }: TradeFacts): Row[] {
  if (!outcome) return [];
  const pnl = changeText(outcome.realisedPnl, setting);
  const held = humanDuration(outcome.holdMs);
  return [['result', `${pnl} (${humanBps(outcome.returnBps)}), all costs included · held ${held}`]];
}

export function haltRows({ halt }: TradeFacts): Row[] {
  if (!halt) return [];
  const { haltEpoch, reason, halted, flatten } = halt;
  if (!halted) return [['halt', `lifted by operators, was epoch ${haltEpoch}: ${reason}`]];
  const closing = flatten ? ' · what is held is being closed' : '';
  return [['HALTED', `epoch ${haltEpoch}: ${reason}${closing}`]];
}
