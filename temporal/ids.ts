import type { MarketId, SignalId } from '../domain/shared/ids.ts';

export const NAMESPACE = 'overmind';
/** Candidates, trades, approvals, settlement. */
export const TRADING_QUEUE = 'trading';
/** The language model's advice; served by the brain, away from everything that must be quick. */
export const BRAIN_QUEUE = 'brain';

export function tradeWorkflowId(market: MarketId, signalId: SignalId): string {
  return `trade/${market}/${signalId}`;
}

/** The signal that a trade's workflow is named after; undefined where the id is of something else. */
export const signalIdOfWorkflow = (workflowId: string): SignalId | undefined =>
  /^trade\/[^/]+\/(.+)$/.exec(workflowId)?.[1];

/** One stop, one workflow, by whichever road it came. */
export function emergencyStopWorkflowId(stopId: string): string {
  return `emergency-stop/${stopId}`;
}
