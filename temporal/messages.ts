import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { Wire } from '../domain/shared/wire.ts';

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
export const tradeStage = defineQuery<TradeStage>('tradeStage');
