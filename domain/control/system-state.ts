import type { FeedState } from '../market/feed.ts';
import { humanTime } from '../shared/human-amounts.ts';
import type { MarketId } from '../shared/ids.ts';

export type SystemState = 'active' | 'suspended' | 'reduce-only' | 'halted';
export const SYSTEM_STATES: readonly SystemState[] = [
  'active',
  'suspended',
  'reduce-only',
  'halted',
];

/** What one part said, or why it said nothing. */
export type Heard<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: string };

/** An operator's pause: `all` or one market. */
export type ReduceOnly = { readonly scope: string; readonly reason: string };

export type ControlFacts = {
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly reason?: string;
  readonly reduceOnlyUntilMarketMs?: number;
  readonly reduceOnlyReason?: string;
  readonly reduceOnly: readonly ReduceOnly[];
};

export type ExecutorFacts = {
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly haltReason: string | null;
  readonly leaseEndsInMs: number;
  readonly markets: Readonly<Record<MarketId, { readonly fresh: boolean }>>;
};

export type StateView = {
  readonly control: Heard<ControlFacts>;
  readonly executor: Heard<ExecutorFacts>;
  readonly feed: Heard<Pick<FeedState, 'phase' | 'staleMarkets'>>;
  /** Undefined where no market clock is published. */
  readonly marketNowMs: number | undefined;
};

export type StateReport = { readonly state: SystemState; readonly reasons: readonly string[] };

const ALL_MARKETS = 'all';

/** The strongest state that holds, and every reason why entries do not go on. */
export function systemState(view: StateView): StateReport {
  return strongest({
    halted: haltReasons(view),
    'reduce-only': reduceOnlyReasons(view, [ALL_MARKETS]),
    suspended: [...linkReasons(view), ...staleFeedReasons(view), ...staleChainReasons(view)],
  });
}

/** The same for one market: what is wrong with another one does not count. */
export function marketState(view: StateView, market: MarketId): StateReport {
  const { executor, feed } = view;
  const suspended = [...linkReasons(view)];
  if (feed.ok && feed.value.staleMarkets.includes(market)) suspended.push('its feed is stale');
  if (executor.ok && executor.value.markets[market]?.fresh !== true) {
    suspended.push("the executor's view of its pool is not fresh");
  }
  return strongest({
    halted: haltReasons(view),
    'reduce-only': reduceOnlyReasons(view, [ALL_MARKETS, market]),
    suspended,
  });
}

function strongest(
  reasons: Readonly<Record<Exclude<SystemState, 'active'>, readonly string[]>>,
): StateReport {
  const order = ['halted', 'reduce-only', 'suspended'] as const;
  return {
    state: order.find((state) => reasons[state].length > 0) ?? 'active',
    reasons: order.flatMap((state) => reasons[state]),
  };
}

function haltReasons({ control, executor }: StateView): readonly string[] {
  if (control.ok && control.value.halted) {
    const { reason, haltEpoch } = control.value;
    return [`halted at epoch ${haltEpoch}: ${reason ?? 'no reason was stored'}`];
  }
  if (!executor.ok || !executor.value.halted) return [];
  const { haltEpoch, haltReason } = executor.value;
  const why = haltReason === null ? '' : `: ${haltReason}`;
  return [`halted at epoch ${haltEpoch}, so far at the executor alone${why}`];
}

function reduceOnlyReasons(
  { control, marketNowMs }: StateView,
  scopes: readonly string[],
): readonly string[] {
  if (!control.ok) return [];
  const paused = control.value.reduceOnly.filter(({ scope }) => scopes.includes(scope));
  const reasons = paused.map(({ scope, reason }) =>
    scope === ALL_MARKETS
      ? `exits only, by an operator: ${reason}`
      : `exits only in ${scope}, by an operator: ${reason}`,
  );
  const untilMs = control.value.reduceOnlyUntilMarketMs;
  // Without a market clock nobody can say that it is over.
  if (untilMs === undefined || (marketNowMs ?? 0) >= untilMs) return reasons;
  const { reduceOnlyReason = 'no reason was stored' } = control.value;
  return [...reasons, `exits only until ${humanTime(untilMs)} market time: ${reduceOnlyReason}`];
}

/** What every market needs. */
function linkReasons({ control, executor, feed }: StateView): readonly string[] {
  const reasons: string[] = [];
  if (!control.ok) reasons.push(`Postgres does not answer: ${control.fault}`);
  if (!feed.ok) reasons.push(`no feed state on the bus: ${feed.fault}`);
  if (!executor.ok) reasons.push(`the executor does not answer: ${executor.fault}`);
  if (executor.ok && executor.value.leaseEndsInMs <= 0) {
    reasons.push("the executor's lease has run out");
  }
  return reasons;
}

function staleFeedReasons({ feed }: StateView): readonly string[] {
  if (!feed.ok || feed.value.phase !== 'stale') return [];
  return [`the feed is stale: ${feed.value.staleMarkets.join(', ') || 'every market'}`];
}

function staleChainReasons({ executor }: StateView): readonly string[] {
  if (!executor.ok) return [];
  const stale = Object.entries(executor.value.markets).filter(([, { fresh }]) => !fresh);
  if (stale.length === 0) return [];
  return [`the executor's chain view is not fresh: ${stale.map(([id]) => id).join(', ')}`];
}
