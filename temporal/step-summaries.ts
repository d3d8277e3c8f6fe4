import type { Consultation } from '../domain/analysis/consultation.ts';
import { humanBps, humanDuration } from '../domain/shared/human-amounts.ts';
import {
  actionOf,
  askedOf,
  baseText,
  changeText,
  fillOf,
  microsBetween,
  priceOf,
  slippageBpsOf,
} from './leg-figures.ts';
import type { LegFacts, TradeFacts } from './trade-facts.ts';

/**
 * A summary is written before its step runs. So each tells what the steps before it have found,
 * and the timeline reads like the trade.
 */
export function consultSummary({ opinion }: TradeFacts): string {
  if (!opinion) return 'overlay is asked';
  const { direction, conviction, probability } = opinion;
  return `${direction} · conviction ${conviction.toFixed(2)} · probability ${probability.toFixed(2)}`;
}

const VERDICT_TEXT = { confirm: 'confirms', shrink: 'shrinks', veto: 'vetoes' } as const;

/** What the overlay came to, in a few words. */
export function consultationText(consultation: Consultation): string {
  if (!consultation.answered) return `overlay gave no advice (${consultation.reason})`;
  return `overlay ${VERDICT_TEXT[consultation.advice.verdict]}`;
}

export function approveSummary(leg: LegFacts, facts: TradeFacts): string {
  const { setting, trigger, consultation } = facts;
  const { signal } = leg;
  const action = actionOf(leg, setting);
  if (signal.leg === 'exit') {
    const attempt = signal.attempt === 1 ? '' : ` · attempt ${signal.attempt}`;
    return `${action} · ${trigger?.reason ?? 'exit'}${attempt} · slippage ≤ ${signal.slippageMax} bps`;
  }
  const exploring = signal.exploring ? ' · exploring' : '';
  const value = humanBps(signal.expectedValueBps);
  const advice = consultation ? ` · ${consultationText(consultation)}` : '';
  return `${action} · conviction ${signal.conviction.toFixed(2)} · EV ${value}${exploring}${advice}`;
}

/** While a person is asked. */
export function waitingSummary({ approval, setting }: TradeFacts): string {
  if (!approval) return 'waits for a person';
  const asked = { signal: approval.asked };
  const price = priceOf(askedOf(asked), setting);
  return `${actionOf(asked, setting)} at ${price} · waits for a person: Update approve or reject`;
}

/** While a permit is out. */
export function untilSettledSummary({ permit, report, signal }: LegFacts): string {
  if (!permit) return `${signal.leg} waits for its permit`;
  if (!report) return `${signal.leg} approved · the executor has not reported yet`;
  if (report.kind === 'uncertain') return `${signal.leg} uncertain · waiting for the chain`;
  const latency = microsBetween(report.readNs, report.wireNs);
  const took = latency === undefined ? '' : ` in ${latency} µs`;
  return `${signal.leg} sent${took} · waiting for the chain`;
}

/** While a position is held. */
export function holdingSummary({ entry, setting }: TradeFacts): string {
  const fill = fillOf(entry);
  if (!entry || !fill) return 'holding the position';
  const { stopLoss, takeProfit, timeExitMs } = entry.signal.exits;
  return (
    `holding ${baseText(fill.base, setting)} from ${priceOf(fill, setting)} · ` +
    `stop −${stopLoss / 100} % · target +${takeProfit / 100} % · ` +
    `at the latest after ${humanDuration(timeExitMs)}`
  );
}

/** Between two attempts at an exit: why the last one did not do it. */
export function retrySummary(why: string, widenings: number): string {
  const wider = widenings === 0 ? '' : ` · slippage widened ${widenings} ×`;
  return `exit: ${why} · trying again${wider}`;
}

export function learnSummary({ entry, exits, trigger, setting }: TradeFacts): string {
  const bought = fillOf(entry);
  const sold = fillOf(exits.at(-1));
  if (!bought || !sold) return trigger?.reason ?? 'closed';
  const gross = (BigInt(sold.quote) - BigInt(bought.quote)).toString();
  const slippage = slippageBpsOf(exits.at(-1));
  return (
    `${trigger?.reason ?? 'closed'} · ${priceOf(bought, setting)} → ${priceOf(sold, setting)} · ` +
    `${changeText(gross, setting)} before costs` +
    (slippage === undefined ? '' : ` · slippage ${humanBps(slippage)}`)
  );
}
