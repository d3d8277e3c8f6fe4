import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import {
  marketOfSignal,
  splitPermitId,
  type PermitId,
  type SignalId,
} from '../domain/shared/ids.ts';
import { tradeWorkflowId } from '../temporal/ids.ts';

/** What every log line of a trade carries, so that `overmind logs` finds it in any process. */
export function tradeLine(signalId: SignalId) {
  const market = marketOfSignal(signalId);
  return { signalId, ...(market ? { workflowId: tradeWorkflowId(market, signalId) } : {}) };
}

export function permitLine(permitId: PermitId) {
  const signalId = splitPermitId(permitId)?.signalId;
  return { permitId, ...(signalId === undefined ? {} : tradeLine(signalId)) };
}

/** What the executor says of a permit. It writes no line itself: its thread has better to do. */
export function reportLine(report: ExecutionReport) {
  const { permitId, kind, executorEpoch, signature, reason, readNs, wireNs } = report;
  const isTimed = readNs !== undefined && wireNs !== undefined;
  return {
    ...permitLine(permitId),
    report: kind,
    executorEpoch,
    ...(signature === undefined ? {} : { signature }),
    ...(reason === undefined ? {} : { reason }),
    ...(isTimed ? { permitToWireUs: Number((BigInt(wireNs) - BigInt(readNs)) / 1_000n) } : {}),
  };
}
