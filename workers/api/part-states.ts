import type { ControlState } from '../../adapters/ledger/read-control.ts';
import type { RunRow } from '../../adapters/ledger/read-totals.ts';
import type { BrainStatus } from '../../adapters/socket-rpc/brain-client.ts';
import type { ExecutorStatus } from '../../adapters/socket-rpc/executor-client.ts';
import type { Heard, StateView } from '../../domain/control/system-state.ts';
import { marketNow, type ClockAnchor, type FeedState } from '../../domain/market/feed.ts';
import type { PartState } from './watch-part.ts';

export type LedgerPart = { readonly control: ControlState; readonly run: RunRow | undefined };
export type FeedPart = {
  readonly feed: FeedState | undefined;
  readonly clock: ClockAnchor | undefined;
};
export type TemporalPart = {
  readonly serverVersion: string;
  /** How long ago a trading worker last asked for work; undefined where none ever did. */
  readonly workerSeenMsAgo: number | undefined;
};

/** What each part said last. The bus and what ingest publishes on it are two parts. */
export type PartStates = {
  readonly postgres: PartState<LedgerPart>;
  readonly bus: PartState<FeedPart>;
  readonly temporal: PartState<TemporalPart>;
  readonly brain: PartState<BrainStatus>;
  readonly executor: PartState<ExecutorStatus>;
};

export type PartReport = { readonly ok: boolean; readonly detail: string };
export type Report = { readonly ok: boolean; readonly parts: Readonly<Record<string, PartReport>> };

/** A part that has not answered for so long is not merely slow. */
export const SILENCE_MS_MAX = 10_000;
/** A loop that has not turned for so long would also miss a stop. */
export const LOOP_MS_MAX = 5_000;
/** Pollers of a worker ask at least once a minute. */
const WORKER_MS_MAX = 90_000;
/** Events may lie this far apart in wall time before a feed counts as stuck. */
const FEED_MS_MAX = 600_000;

/** What the state of system and markets follows from. */
export function stateViewOf(states: PartStates, wallNowMs: number): StateView {
  const { postgres, executor, bus } = states;
  const clock = bus.value?.clock;
  return {
    control: heardOf(postgres, ({ control }) => control),
    executor: heardOf(executor, (status) => status),
    feed: heardOf(bus, ({ feed }) => feed),
    marketNowMs: clock && marketNow(clock, wallNowMs),
  };
}

function heardOf<Value, Part>(
  { value, fault }: PartState<Value>,
  pick: (value: Value) => Part | undefined,
): Heard<Part> {
  if (value === undefined) return { ok: false, fault: fault ?? 'no answer' };
  const part = pick(value);
  return part === undefined
    ? { ok: false, fault: 'nothing is published yet' }
    : { ok: true, value: part };
}

/** Alive: our own loop turns, and every part was heard of recently. */
export function healthOf(
  states: PartStates,
  now: { readonly monotonicMs: number; readonly loopMsAgo: number },
): Report {
  const loop: PartReport = {
    ok: now.loopMsAgo <= LOOP_MS_MAX,
    detail: `turned ${Math.round(now.loopMsAgo)} ms ago`,
  };
  const parts = Object.entries(states).map(([name, { heardAtMs, fault }]): [string, PartReport] => {
    const silentMs = heardAtMs === undefined ? Infinity : now.monotonicMs - heardAtMs;
    const heard =
      heardAtMs === undefined ? 'never heard of' : `heard of ${Math.round(silentMs)} ms ago`;
    const detail = fault === undefined ? heard : `${heard}: ${fault}`;
    return [name, { ok: silentMs <= SILENCE_MS_MAX, detail }];
  });
  return reportOf([['loop', loop], ...parts]);
}

/** Either store latches alone, and one may have been asked before the stop came. Null: none says. */
export function haltedOf({ executor, postgres }: PartStates): boolean | null {
  const said = [executor.value?.halted, postgres.value?.control.halted];
  return said.find((one) => one === true) ?? said.find((one) => one === false) ?? null;
}

/** Ready: a candidate that comes now can become a trade, as far as the parts go. */
export function readinessOf(states: PartStates, wallNowMs: number): Report {
  const { postgres, bus, temporal, brain, executor } = states;
  return reportOf([
    ['postgres', judge(postgres, ({ run }) => (run ? ready(`run ${run.runId}`) : not('no run')))],
    ['bus', judge(bus, () => ready('answers'))],
    ['temporal', judge(temporal, judgeTemporal)],
    ['brain', judge(brain, () => ready('answers'))],
    ['executor', judge(executor, judgeExecutor)],
    ['feed', judge(bus, (part) => judgeFeed(part, wallNowMs))],
  ]);
}

const ready = (detail: string): PartReport => ({ ok: true, detail });
const not = (detail: string): PartReport => ({ ok: false, detail });

function judge<Value>(
  { value, fault }: PartState<Value>,
  look: (value: Value) => PartReport,
): PartReport {
  return value === undefined ? not(fault ?? 'no answer') : look(value);
}

function judgeTemporal({ serverVersion, workerSeenMsAgo }: TemporalPart): PartReport {
  if (workerSeenMsAgo === undefined) return not('no trading worker asks for work');
  if (workerSeenMsAgo > WORKER_MS_MAX) {
    return not(
      `the trading worker last asked for work ${Math.round(workerSeenMsAgo / 1_000)} s ago`,
    );
  }
  return ready(`server ${serverVersion}`);
}

function judgeExecutor({ leaseEndsInMs, markets, halted }: ExecutorStatus): PartReport {
  if (leaseEndsInMs <= 0) return not('its lease has run out');
  const stale = Object.entries(markets).filter(([, { fresh }]) => !fresh);
  if (stale.length > 0) return not(`chain not fresh: ${stale.map(([id]) => id).join(', ')}`);
  return ready(halted ? 'halted, and able to be resumed' : 'lease and chain are fresh');
}

function judgeFeed({ feed, clock }: FeedPart, wallNowMs: number): PartReport {
  if (!feed || !clock) return not('ingest has published nothing yet');
  if (feed.phase === 'warming') return not(`warming, ${feed.warmedBars} bars`);
  if (feed.phase === 'stale') return not(`stale: ${feed.staleMarkets.join(', ')}`);
  const isOver = feed.phase === 'ended' || feed.marketTimeMs >= feed.marketTimeEndMs;
  const behindMs =
    clock.rate > 0 ? (marketNow(clock, wallNowMs) - feed.marketTimeMs) / clock.rate : 0;
  if (!isOver && feed.marketTimeMs > 0 && behindMs > FEED_MS_MAX) {
    return not(`no event for ${Math.round(behindMs / 1_000)} s`);
  }
  return ready(feed.phase);
}

function reportOf(parts: readonly (readonly [string, PartReport])[]): Report {
  return { ok: parts.every(([, { ok }]) => ok), parts: Object.fromEntries(parts) };
}
