import type { MarketId, PermitId, SignalId } from '../shared/ids.ts';

/** What the ledger knows of one halt. */
export type HaltView = {
  /** Undefined where this stop has never been latched here. */
  readonly haltEpoch: number | undefined;
  /** A resume has lifted it. */
  readonly isLifted: boolean;
  /** Of the system now; above `haltEpoch` another stop or a resume has come. */
  readonly currentEpoch: number;
  readonly halted: boolean;
  /** The halt epoch whose flatten is under way. */
  readonly flattenOf: number | undefined;
  /** Permits without a proven end: what could still land. None: QUIESCED. */
  readonly live: readonly LivePermit[];
  readonly open: readonly OpenPosition[];
};

export type LivePermit = {
  readonly permitId: PermitId;
  readonly market: MarketId;
  readonly status: string;
  readonly signature?: string;
  readonly lastValidHeight?: number;
};

export type OpenPosition = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly status: 'open' | 'exiting';
};
