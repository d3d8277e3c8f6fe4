import { readJson } from '../../adapters/bus/json-keys.ts';
import { valueOf } from '../../adapters/bus/stream-entry.ts';
import { readGroup } from '../../adapters/bus/stream-reader.ts';
import { RUN_ENDING_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import { openTradeRow, readTradesWithoutPermit } from '../../adapters/ledger/trade-rows.ts';
import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import type { SettlementLedger } from '../../domain/settlement/settlement-ledger.ts';
import { tradeWorkflowId } from '../../temporal/ids.ts';
import type { TradeSetting } from '../../temporal/trade-facts.ts';
import type { ProcessContext } from '../run-process.ts';
import { permitLine, reportLine, tradeLine } from '../trade-line.ts';
import { startRunEnder } from './end-run.ts';
import { createExitForwarder } from './forward-exits.ts';
import { isTransient } from './is-transient.ts';
import type { Ports } from './open-ports.ts';
import { createReportBridge } from './report-bridge.ts';
import { createTradeStarter } from './start-trades.ts';
import type { TradeClient } from './trade-client.ts';
import type { TradeExtras } from './trade-setting.ts';

export type ReaderDeps = {
  readonly context: Pick<ProcessContext, 'log' | 'onStop'>;
  readonly mode: TradeSetting['mode'];
  readonly extras: () => TradeExtras;
  readonly ports: Pick<
    Ports,
    'bus' | 'pool' | 'runId' | 'openReader' | 'mirror' | 'markets' | 'legEnds' | 'onFault'
  >;
  readonly trades: TradeClient;
  readonly recordReport: SettlementLedger['recordReport'];
  /** A permit may be on its way to the chain. */
  readonly onLive: () => void;
};

/** What this worker hears on the bus, each stream on a connection of its own. */
export async function startReaders(deps: ReaderDeps): Promise<void> {
  const { ports } = deps;
  await Promise.all([
    startReader<Candidate>(
      deps,
      { ...STREAMS.candidates, field: 'c', group: 'trading' },
      starter(deps),
    ),
    startReader<ExitTrigger>(deps, { ...STREAMS.exits, field: 'x', group: 'trading' }, exits(deps)),
    startReader<ExecutionReport>(
      deps,
      { ...STREAMS.reports, field: 'r', group: 'bridge' },
      bridge(deps),
    ),
  ]);
  const ender = startRunEnder({
    isEnding: async () => (await readJson<number>(ports.bus, RUN_ENDING_KEY)) === 1,
    readWithoutPermit: () => readTradesWithoutPermit(ports.pool, ports.runId),
    trades: deps.trades,
    onFault: ports.onFault('run ender'),
  });
  deps.context.onStop('run ender', () => ender.stop());
}

type Source = { readonly key: string; readonly field: string; readonly group: string };

async function startReader<Message>(
  { context: { log, onStop }, ports }: ReaderDeps,
  { key, field, group }: Source,
  handle: (message: Message) => Promise<void>,
): Promise<void> {
  const reader = readGroup({
    connection: await ports.openReader(key),
    stream: key,
    group,
    // The same over restarts: what this worker took and never finished is found again.
    consumer: 'trading-1',
    onFault: ports.onFault(`reader of ${key}`),
    onEntry: async (entry) => {
      try {
        await handle(valueOf<Message>(key, entry, field));
      } catch (error) {
        if (isTransient(error)) throw error; // Comes again.
        log.error({ stream: key, entryId: entry.id, err: error }, 'message was given up');
      }
    },
  });
  onStop(`reader of ${key}`, () => reader.stop());
}

function starter({ context: { log }, mode, extras, ports, trades }: ReaderDeps) {
  return createTradeStarter({
    trades,
    legEnds: ports.legEnds,
    openTrade: (candidate) =>
      openTradeRow(ports.pool, candidate, tradeWorkflowId(candidate.market, candidate.signalId)),
    refreshClock: ports.mirror.refreshClock,
    marketOf: (id) => ports.markets.get(id),
    mode,
    extras,
    runId: ports.runId,
    onStarted(how, { signalId }) {
      log.info({ ...tradeLine(signalId), how }, 'trade started');
      // A sign of a full workflow cache: trades would stall one after the other.
      if (how === 'queued') log.warn(tradeLine(signalId), 'trade was not started eagerly');
    },
    onSkipped: (why, { signalId }) =>
      log.warn({ ...tradeLine(signalId), why }, 'candidate passed over'),
  });
}

function exits({ context: { log }, ports, trades }: ReaderDeps) {
  return createExitForwarder({
    trades,
    legEnds: ports.legEnds,
    refreshClock: ports.mirror.refreshClock,
    onGone: ({ signalId, reason }) =>
      log.error({ ...tradeLine(signalId), reason }, 'position to close has no workflow'),
  });
}

function bridge({ context: { log }, ports, trades, recordReport, onLive }: ReaderDeps) {
  return createReportBridge({
    recordReport,
    trades,
    legEnds: ports.legEnds,
    onLive,
    onReported: (report) => log.info(reportLine(report), 'permit reported'),
    onUnknown: ({ permitId, kind }) =>
      log.error({ ...permitLine(permitId), kind }, 'report of an unknown permit'),
  });
}
