import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApprovalAnswer, ApprovalOrder } from '../domain/control/approval-order.ts';
import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { SignalId } from '../domain/shared/ids.ts';
import type { Wire } from '../domain/shared/wire.ts';
import type { HaltFacts, HaltNotice } from './halt-facts.ts';

export type TradeStage =
  | 'analysing'
  | 'deciding'
  | 'waiting'
  | 'approving'
  | 'executing'
  | 'settling'
  | 'managing'
  | 'exiting'
  | 'learning'
  | 'closed';

export const reportExecution = defineSignal<[ExecutionReport]>('reportExecution');
export const reportSettlement = defineSignal<[Wire<Settlement>]>('reportSettlement');
export const requestExit = defineSignal<[ExitTrigger]>('requestExit');
/** The run ends: a trade without a permit ends as declined, `run-ended`. */
export const endRun = defineSignal<[]>('endRun');
/** A halt holds, is flattened, or was lifted; the newest one counts. */
export const reportHalt = defineSignal<[HaltNotice]>('reportHalt');
export const tradeStage = defineQuery<TradeStage>('tradeStage');

/** A person's answer to an entry that waits for one; refused where it cannot count. */
export const approveTrade = defineUpdate<ApprovalTaken, [ApprovalOrder]>('approve');
export const rejectTrade = defineUpdate<ApprovalTaken, [ApprovalOrder]>('reject');

/** That an answer counts; what came of it is in the trade. */
export type ApprovalTaken = {
  readonly signalId: SignalId;
  readonly answer: ApprovalAnswer;
  readonly operator: string;
};

/** Close what is held, and what still becomes a position under this halt. */
export const flattenPositions = defineSignal<[]>('flattenPositions');
/** The ledger has changed: look at once instead of at the next turn. */
export const lookAgain = defineSignal<[]>('lookAgain');
export const haltProgress = defineQuery<HaltFacts>('haltProgress');
