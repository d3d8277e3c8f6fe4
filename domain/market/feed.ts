import type { Leg, MarketId, RunId, SignalId } from '../shared/ids.ts';
import type { MarketEvent } from './market-event.ts';

/** A market event with what was computed from it; the brain's memory is built from these alone. */
export type MarketState = {
  readonly event: MarketEvent;
  /** Absent until the indicators are stable. */
  readonly features?: readonly number[];
  readonly featureVersion: string;
  /** True for history consumed at once before the run: no candidate comes of it. */
  readonly warmup: boolean;
};

/** market now = marketMs + (wallNow − wallMs) · rate. Rate 0 after the feed's end. */
export type ClockAnchor = {
  readonly marketMs: number;
  readonly wallMs: number;
  readonly rate: number;
};

export type LegEnd = {
  readonly signalId: SignalId;
  readonly leg: Leg;
  readonly end: 'landed' | 'failed' | 'expired' | 'refused' | 'declined';
};

export type FeedState = {
  readonly run: RunId;
  readonly phase: 'warming' | 'running' | 'stale' | 'ended';
  /** Shown while warming: `warming n/200`. */
  readonly warmedBars: number;
  readonly events: number;
  readonly candidates: number;
  /** Candidates by market time: 0 before the first event. */
  readonly marketTimeMs: number;
  readonly marketTimeEndMs: number;
  readonly legsInFlight: number;
  readonly staleMarkets: readonly MarketId[];
  /** At the newest prices, quote base units; absent until something was valued. */
  readonly results?: { readonly open: string; readonly today: string };
  /** How long events took from receipt to the stream, since the start of ingest. */
  readonly publishing?: PublishingTimes;
};

/** Buckets are cumulative: how many took at most so many µs. */
export type PublishingTimes = {
  readonly count: number;
  readonly sumUs: number;
  readonly buckets: readonly (readonly [leUs: number, count: number])[];
};

export function marketNow(anchor: ClockAnchor, wallNowMs: number): number {
  return anchor.marketMs + (wallNowMs - anchor.wallMs) * anchor.rate;
}
