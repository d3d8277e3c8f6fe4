import type { MarketId, RunId, SignalId } from '../shared/ids.ts';

/** A market state worth analysing: its features and the screen that fired. Holds no amounts. */
export type Candidate = {
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly screen: string;
  readonly marketTimeMs: number;
  /** Close of the event that fired the screen, a decimal string (quote per base). */
  readonly price: string;
  /** Last known SOL-USDC price, a decimal string: values lamport costs. */
  readonly solPrice: string;
  readonly featureVersion: string;
  readonly features: readonly number[];
  /** The pool was set to this event in this slot; `decide` waits until it sees it. */
  readonly poolSlot: number;
  /** The brain must know every outcome up to here, and nothing after it. */
  readonly memoryUpToMs: number;
  /** Monotonic ns of the host when the event was received: `process.hrtime.bigint()` as decimal. */
  readonly receivedNs: string;
};
