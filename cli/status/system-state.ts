import type { ControlState } from '../../adapters/ledger/read-control.ts';
import type { ExecutorStatus } from '../../adapters/socket-rpc/executor-client.ts';
import type { FeedState } from '../../domain/market/feed.ts';
import { humanTime } from '../../domain/shared/human-amounts.ts';
import type { Answer } from '../ask.ts';

export type SystemState = 'active' | 'suspended' | 'reduce-only' | 'halted';

export type StateView = {
  readonly control: Answer<ControlState>;
  readonly executor: Answer<ExecutorStatus>;
  readonly feed: Answer<FeedState>;
  /** Undefined where no market clock is published. */
  readonly marketNowMs: number | undefined;
};

/** The strongest state that holds, and every reason why entries do not go on. */
export function systemState(view: StateView): {
  readonly state: SystemState;
  readonly reasons: readonly string[];
} {
  const found = [
    { state: 'halted' as const, reasons: haltReasons(view) },
    { state: 'reduce-only' as const, reasons: reduceOnlyReasons(view) },
    { state: 'suspended' as const, reasons: suspendReasons(view) },
  ];
  const strongest = found.find(({ reasons }) => reasons.length > 0);
  return {
    state: strongest?.state ?? 'active',
    reasons: found.flatMap(({ reasons }) => reasons),
  };
}

function haltReasons({ control, executor }: StateView): readonly string[] {
  if (control.ok && control.value.halted) {
    const { reason, haltEpoch } = control.value;
    return [`halted at epoch ${haltEpoch}: ${reason ?? 'no reason was stored'}`];
  }
  if (!executor.ok || !executor.value.halted) return [];
  return [`halted at epoch ${executor.value.haltEpoch}, so far at the executor alone`];
}

function reduceOnlyReasons({ control, marketNowMs }: StateView): readonly string[] {
  const untilMs = control.ok ? control.value.reduceOnlyUntilMarketMs : undefined;
  // Without a market clock nobody can say that it is over.
  if (!control.ok || untilMs === undefined || (marketNowMs ?? 0) >= untilMs) return [];
  const { reduceOnlyReason = 'no reason was stored' } = control.value;
  return [`exits only until ${humanTime(untilMs)} market time: ${reduceOnlyReason}`];
}

function suspendReasons({ control, executor, feed }: StateView): readonly string[] {
  const reasons: string[] = [];
  if (!control.ok) reasons.push(`Postgres does not answer: ${control.fault}`);
  if (!feed.ok) reasons.push(`no feed state on the bus: ${feed.fault}`);
  if (feed.ok && feed.value.phase === 'stale') {
    reasons.push(`the feed is stale: ${feed.value.staleMarkets.join(', ') || 'every market'}`);
  }
  if (!executor.ok) {
    reasons.push(`the executor does not answer: ${executor.fault}`);
    return reasons;
  }
  if (executor.value.leaseEndsInMs <= 0) reasons.push("the executor's lease has run out");
  const stale = Object.entries(executor.value.markets).filter(([, { fresh }]) => !fresh);
  if (stale.length > 0) {
    reasons.push(`the executor's chain view is not fresh: ${stale.map(([id]) => id).join(', ')}`);
  }
  return reasons;
}
