import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Registered at namespace set-up; types fit SQL visibility's limits per namespace. */
export const attributes = {
  TradeStatus: defineSearchAttributeKey('TradeStatus', SearchAttributeType.KEYWORD),
  Market: defineSearchAttributeKey('Market', SearchAttributeType.KEYWORD),
  Side: defineSearchAttributeKey('Side', SearchAttributeType.KEYWORD),
  Venue: defineSearchAttributeKey('Venue', SearchAttributeType.KEYWORD),
  TradingMode: defineSearchAttributeKey('TradingMode', SearchAttributeType.KEYWORD),
  TxSignature: defineSearchAttributeKey('TxSignature', SearchAttributeType.KEYWORD),
  Strategy: defineSearchAttributeKey('Strategy', SearchAttributeType.KEYWORD),
  Verdict: defineSearchAttributeKey('Verdict', SearchAttributeType.KEYWORD),
  Breaches: defineSearchAttributeKey('Breaches', SearchAttributeType.KEYWORD_LIST),
  NotionalUsd: defineSearchAttributeKey('NotionalUsd', SearchAttributeType.DOUBLE),
  PnlUsd: defineSearchAttributeKey('PnlUsd', SearchAttributeType.DOUBLE),
  Conviction: defineSearchAttributeKey('Conviction', SearchAttributeType.DOUBLE),
  ExecLatencyUs: defineSearchAttributeKey('ExecLatencyUs', SearchAttributeType.INT),
  SlippageBps: defineSearchAttributeKey('SlippageBps', SearchAttributeType.INT),
  HaltEpoch: defineSearchAttributeKey('HaltEpoch', SearchAttributeType.INT),
  Halted: defineSearchAttributeKey('Halted', SearchAttributeType.BOOL),
  Exploring: defineSearchAttributeKey('Exploring', SearchAttributeType.BOOL),
  DecidedAt: defineSearchAttributeKey('DecidedAt', SearchAttributeType.DATETIME),
} as const;
