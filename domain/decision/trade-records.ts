import type { Opinion } from '../analysis/opinion.ts';
import type { Candidate } from '../market/candidate.ts';
import type { SignalId } from '../shared/ids.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { Decision } from './signal.ts';

export type AnalysedTrade = {
  readonly candidate: Candidate;
  readonly workflowId: string;
  /** Undefined where the brain did not answer in time. */
  readonly opinion: Opinion | undefined;
};

export type DecidedTrade = {
  readonly signalId: SignalId;
  readonly decision: Decision;
  /** Undefined where nothing was decided, because the brain was silent. */
  readonly inputs: DecisionInputs | undefined;
};

/** The row of a trade, as far as the brain writes it. Repeats change nothing. */
export type TradeRecords = {
  /** Makes the row, at stage `deciding`; never sets a later stage back. */
  recordAnalysed(trade: AnalysedTrade): Promise<void>;
  /** Reasons, expected value and notional of an entry; ends the row as `declined` without a trade. */
  recordDecision(trade: DecidedTrade): Promise<void>;
  /** The entry waits for a person, at stage `waiting`; the second decision sets it on. */
  recordWaiting(signalId: SignalId): Promise<void>;
};
