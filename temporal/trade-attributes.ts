import type { SearchAttributePair } from '@temporalio/common';
import { attributes } from './search-attributes.ts';
import { askedOf, microsBetween, quoteFloat, slippageBpsOf } from './leg-figures.ts';
import type { TradeFacts } from './trade-facts.ts';

/** Every attribute known by now. The same facts give the same list, so a change is easy to see. */
export function attributesOf(facts: TradeFacts): SearchAttributePair[] {
  const { candidate, setting, entry, opinion, outcome } = facts;
  const last = facts.exits.at(-1);
  const newest = last?.permit || last?.breaches ? last : entry;
  const pairs: SearchAttributePair[] = [
    { key: attributes.TradeStatus, value: facts.end ?? facts.stage },
    { key: attributes.Market, value: candidate.market },
    { key: attributes.Venue, value: setting.venue },
    { key: attributes.TradingMode, value: setting.mode },
    { key: attributes.Strategy, value: candidate.screen },
  ];
  if (opinion) pairs.push({ key: attributes.Conviction, value: opinion.conviction });
  if (facts.decidedAtMs !== undefined) {
    pairs.push({ key: attributes.DecidedAt, value: new Date(facts.decidedAtMs) });
  }
  if (entry) {
    pairs.push(
      { key: attributes.Side, value: entry.signal.side },
      { key: attributes.Exploring, value: entry.signal.exploring },
      { key: attributes.NotionalUsd, value: quoteFloat(askedOf(entry).quote, setting) },
    );
    const latency = microsBetween(entry.report?.readNs, entry.report?.wireNs);
    if (latency !== undefined) pairs.push({ key: attributes.ExecLatencyUs, value: latency });
    const slippage = slippageBpsOf(entry);
    if (slippage !== undefined) pairs.push({ key: attributes.SlippageBps, value: slippage });
  }
  const { halt } = facts;
  if (newest?.permit || halt) {
    const epoch = Math.max(newest?.permit?.haltEpoch ?? 0, halt?.haltEpoch ?? 0);
    pairs.push({ key: attributes.HaltEpoch, value: epoch });
  }
  if (halt) pairs.push({ key: attributes.Halted, value: halt.halted });
  const verdict = newest && verdictOf(newest);
  if (verdict) pairs.push({ key: attributes.Verdict, value: verdict });
  // An empty list takes away what an earlier attempt was refused for.
  if (newest?.breaches || facts.exits.length > 0) {
    const rules = newest?.breaches?.map(({ rule }) => rule) ?? [];
    pairs.push({ key: attributes.Breaches, value: [...new Set(rules)] });
  }
  const signature = newest?.settlement?.signature ?? newest?.report?.signature;
  if (signature) pairs.push({ key: attributes.TxSignature, value: signature });
  if (outcome) {
    pairs.push({ key: attributes.PnlUsd, value: quoteFloat(outcome.realisedPnl, setting) });
  }
  return pairs;
}

function verdictOf({ permit, breaches }: NonNullable<TradeFacts['entry']>): string | undefined {
  if (breaches) return 'refused';
  return permit && 'approved';
}
