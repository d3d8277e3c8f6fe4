import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { Wire } from '../domain/shared/wire.ts';
import type { HaltFacts, HaltNotice } from './halt-facts.ts';

export type TradeStage =
  | 'analysing'
  | 'deciding'
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

/** Close what is held, and what still becomes a position under this halt. */
export const flattenPositions = defineSignal<[]>('flattenPositions');
/** The ledger has changed: look at once instead of at the next turn. */
export const lookAgain = defineSignal<[]>('lookAgain');
export const haltProgress = defineQuery<HaltFacts>('haltProgress');
