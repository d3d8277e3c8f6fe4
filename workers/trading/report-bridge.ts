import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import type { LegEnds } from '../../domain/market/leg-ends.ts';
import type { RecordedReport } from '../../domain/settlement/settlement-ledger.ts';
import { reportExecution } from '../../temporal/messages.ts';
import type { TradeClient } from './trade-client.ts';

export type ReportBridgeDeps = {
  readonly recordReport: (report: ExecutionReport) => Promise<RecordedReport | undefined>;
  readonly trades: Pick<TradeClient, 'signal'>;
  readonly legEnds: LegEnds;
  /** A signature to be watched from now on. */
  readonly onLive: () => void;
  /** It is in the ledger. */
  readonly onReported: (report: ExecutionReport) => void;
  readonly onUnknown: (report: ExecutionReport) => void;
};

/** Ledger first, then the workflow: a report that only the workflow knew would be lost with it. */
export function createReportBridge(deps: ReportBridgeDeps) {
  const { recordReport, trades, legEnds, onLive, onReported, onUnknown } = deps;
  return async (report: ExecutionReport): Promise<void> => {
    const recorded = await recordReport(report);
    if (!recorded) {
      onUnknown(report); // No permit of ours; another copy would say the same.
      return;
    }
    onReported(report);
    const { signalId, market, leg, status } = recorded;
    // The ledger knows better where a refusal comes after a submission: the chain will tell.
    if (report.kind === 'refused' && status !== 'refused') return;
    if (report.kind !== 'refused') onLive();
    await Promise.all([
      trades.signal({ market, signalId }, reportExecution, report),
      report.kind === 'refused' ? legEnds.publish({ signalId, leg, end: 'refused' }) : undefined,
    ]);
  };
}
