import type { NativeConnection } from '@temporalio/worker';
import { join } from 'node:path';
import { createSettlePermits, type SettlePermits } from '../../activities/settle-permits.ts';
import { createPermitPublisher } from '../../adapters/bus/permit-publisher.ts';
import { assertPaperCluster } from '../../adapters/chain/assert-paper-cluster.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { reconcileWallet } from '../../activities/reconcile-wallet.ts';
import {
  listUnfinishedTrades,
  readUnfinishedTrade,
} from '../../adapters/ledger/unfinished-trades.ts';
import { startTradeReviver } from './revive-trades.ts';
import { settingOf } from './trade-setting.ts';
import { createReconciliationLedger } from '../../adapters/ledger/reconciliation-ledger.ts';
import { recordAutomaticHalt } from '../../adapters/ledger/record-halt.ts';
import type { Difference } from '../../domain/settlement/reconcile.ts';
import { startReconcileWatch } from './reconcile-watch.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { recordLimits } from '../../adapters/ledger/audit.ts';
import { createAdvisoryLock } from '../../adapters/ledger/advisory-lock.ts';
import { readLivePermits, readUnreported } from '../../adapters/ledger/permit-rows.ts';
import { convertingOf } from '../../adapters/payloads/payload-codec.ts';
import { createSettlementLedger } from '../../adapters/ledger/settlement-ledger.ts';
import { createSocketClient } from '../../adapters/socket-rpc/client.ts';
import { loadMarkets } from '../../config/markets.ts';
import { required } from '../../config/required.ts';
import type { PermitBus } from '../../domain/risk/risk-ledger.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import type { SettlementLedger } from '../../domain/settlement/settlement-ledger.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { connectNative } from '../../temporal/native-connection.ts';
import { logActivities } from '../log-activities.ts';
import { runProcess, type ProcessContext } from '../run-process.ts';
import { permitLine, reportLine } from '../trade-line.ts';
import { createExecutorMemory } from './ask-executor.ts';
import { controlActivities } from './control-activities.ts';
import { startHaltWatch } from './halt-watch.ts';
import { hearBundleResults } from './hear-bundle-results.ts';
import { openPorts, type Ports } from './open-ports.ts';
import { startOutboxSweeper } from './outbox-sweeper.ts';
import type { Repetition } from './repeat.ts';
import { createReportBridge } from './report-bridge.ts';
import { RESULT_FACTS } from './result-facts.ts';
import { startSettlementWatch } from './settlement-watch.ts';
import { createStopClient } from './stop-client.ts';
import { tradeExtrasOf, wireLimitsOf } from './settings.ts';
import { startReaders } from './start-readers.ts';
import { installTemporalRuntime } from '../temporal-runtime.ts';
import { createTradeClient, type TradeClient } from './trade-client.ts';
import { createTradeWorker } from './trade-worker.ts';
import { tradingActivities } from './trading-activities.ts';
import { workflowBundleIn } from './workflow-bundle.ts';

/** Any number of its own: of all trading workers, one sweeps. */
const SWEEPER_LOCK = 7_041_002;
const RECONCILE_LOCK = 7_041_003;
const REVIVE_LOCK = 7_041_004;

/** What the parts share; each is opened once, in `main`. */
type Parts = {
  readonly context: ProcessContext;
  readonly ports: Ports;
  readonly chain: ChainReader;
  readonly ledger: SettlementLedger;
  readonly permits: PermitBus;
  readonly trades: TradeClient;
};

async function main(context: ProcessContext): Promise<void> {
  installTemporalRuntime(context.log, context.config.addresses.sdkMetrics);
  const ports = await openPorts(context);
  const chain = await openChain(context, ports);
  const connection = await openTemporal(context);
  const parts: Parts = {
    context,
    ports,
    chain,
    ledger: createSettlementLedger(ports.pool, { quoteDecimalsOf: quoteDecimalsIn(ports) }),
    permits: createPermitPublisher(ports.bus),
    trades: createTradeClient(connection, { converting: convertingOf(context.config.payloads) }),
  };
  // Before the first approval under them.
  await context.persist(() => recordLimits(ports.pool, wireLimitsOf(context.config)));
  const settlePermits = settlePermitsOf(parts);
  await startWorker(parts, connection, settlePermits);
  const watch = watchSettlements(parts, settlePermits);
  sweepOutbox(parts);
  watchReconciliation(parts);
  reviveTrades(parts);
  watchHalts(parts, connection);
  const stopHearing = await hearBundleResults({
    url: context.config.addresses.jitoGrpc,
    watch,
    log: context.log,
    onFault: ports.onFault('bundle results'),
  });
  context.onStop('bundle results', stopHearing);
  await startReaders({
    context,
    mode: context.config.mode,
    extras: () => tradeExtrasOf(context.config),
    ports,
    trades: parts.trades,
    recordReport: parts.ledger.recordReport,
    onLive: () => watch.wake(),
  });
  context.ready({ run: ports.runId, wallet: ports.wallet, markets: [...ports.markets.keys()] });
}

/** Before any key is read: paper must have nothing to do with a public cluster. */
async function openChain(context: ProcessContext, ports: Ports): Promise<ChainReader> {
  const { config } = context;
  if (config.mode !== 'paper') {
    const faults = `SNIPER_TRADING_MODE: ${config.mode} is not built yet, wants paper`;
    throw new OvermindError('config/invalid', { faults });
  }
  const { commitment } = config.execution;
  const chain = createChainReader({ urls: ports.rpcUrls, commitment, wallet: ports.wallet });
  await assertPaperCluster({ readGenesisHash: () => context.persist(chain.readGenesisHash) });
  return chain;
}

async function openTemporal({ config, onStop }: ProcessContext): Promise<NativeConnection> {
  const connection = await connectNative(required(config.addresses.temporal, 'TEMPORAL_ADDRESS'));
  onStop('temporal', () => connection.close());
  return connection;
}

/** A permit of an earlier run may be of a market that this one does not trade. */
function quoteDecimalsIn({ markets }: Ports): (id: MarketId) => number {
  return (id) => {
    const market = markets.get(id) ?? loadMarkets([id])[0];
    if (market) return market.quote.decimals;
    throw new OvermindError('market/unknown', {
      market: id,
      known: [...markets.keys()].join(', '),
    });
  };
}

function settlePermitsOf({ context, ports, chain, ledger, trades }: Parts): SettlePermits {
  const { config, log, onStop } = context;
  const socket = createSocketClient({ path: config.files.executorSocket });
  onStop('executor socket', () => socket.close());
  return createSettlePermits({
    ledger,
    chain,
    commitment: config.execution.commitment,
    executor: createExecutorMemory(socket, Date.now),
    carryReport: createReportBridge({
      recordReport: ledger.recordReport,
      trades,
      legEnds: ports.legEnds,
      onLive: () => undefined, // It is being looked at.
      onReported: (report) => log.info(reportLine(report), 'permit reported'),
      onUnknown: ({ permitId }) => log.error(permitLine(permitId), 'report of an unknown permit'),
    }),
    nowMs: Date.now,
    onFault: (permitId, error) =>
      log.error({ ...permitLine(permitId), err: error }, 'permit cannot be settled'),
  });
}

async function startWorker(
  { context, ports, permits, chain }: Parts,
  connection: NativeConnection,
  settlePermits: SettlePermits,
): Promise<void> {
  const worker = await createTradeWorker({
    connection,
    converting: convertingOf(context.config.payloads),
    bundlePath: await workflowBundleIn(join(context.config.home, 'cache')),
    activities: {
      ...tradingActivities({ context, ports, permits, settlePermits }),
      ...controlActivities({ context, ports, chain }),
    },
    interceptors: [logActivities(context.log, RESULT_FACTS)],
  });
  const running = worker.run();
  running.catch((error: unknown) => {
    // An uncaught exception is what ends a process of ours with a fault.
    setImmediate(() => {
      throw error;
    });
  });
  context.onStop('worker', async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
}

function watchSettlements({ context, ports, trades }: Parts, settleAll: SettlePermits): Repetition {
  const { log, onStop } = context;
  const watch = startSettlementWatch({
    readLive: () => readLivePermits(ports.pool),
    settleAll,
    trades,
    legEnds: ports.legEnds,
    onFault: ports.onFault('settlement watch'),
    onSettled: ({ permitId, kind, signature, error }) =>
      log.info({ ...permitLine(permitId), end: kind, signature, error }, 'permit settled'),
  });
  onStop('settlement watch', () => watch.stop());
  return watch;
}

function sweepOutbox({ context, ports, permits }: Parts): void {
  const lock = createAdvisoryLock(ports.pool, SWEEPER_LOCK);
  context.onStop('sweeper lock', () => lock.release());
  const sweeper = startOutboxSweeper({
    readUnreported: () => readUnreported(ports.pool, Date.now()),
    permits,
    wallet: ports.wallet,
    holdsLock: () => lock.holds(),
    onFault: ports.onFault('outbox sweeper'),
  });
  context.onStop('outbox sweeper', () => sweeper.stop());
}

function watchReconciliation({ context, ports, chain }: Parts): void {
  const { log, onStop } = context;
  const { pool, runId } = ports;
  const lock = createAdvisoryLock(pool, RECONCILE_LOCK);
  onStop('reconciliation lock', () => lock.release());
  const ledger = createReconciliationLedger(pool);
  const watch = startReconcileWatch({
    holdsLock: () => lock.holds(),
    reconcile: () => reconcileWallet({ chain, ledger }, runId),
    record: (found) => ledger.recordReconciliation(runId, found),
    onDifference: (difference, slot) =>
      log.warn({ ...difference, ...byOf(difference), slot }, 'ledger and chain differ'),
    async halt(reason) {
      const cause = `reconcile/${runId}`;
      if (await recordAutomaticHalt(pool, { cause, reason })) log.error({ reason }, 'halted');
    },
    onFault: ports.onFault('reconciliation'),
  });
  onStop('reconciliation', () => watch.stop());
}

function watchHalts({ context, ports }: Parts, connection: NativeConnection): void {
  const watch = startHaltWatch({
    readControl: () => readControlState(ports.pool),
    stops: createStopClient(connection, { converting: convertingOf(context.config.payloads) }),
    onFault: ports.onFault('halt watch'),
  });
  context.onStop('halt watch', () => watch.stop());
}

function reviveTrades({ context, ports, trades }: Parts): void {
  const { pool, runId, markets } = ports;
  const lock = createAdvisoryLock(pool, REVIVE_LOCK);
  context.onStop('revival lock', () => lock.release());
  const reviver = startTradeReviver({
    holdsLock: () => lock.holds(),
    list: () => listUnfinishedTrades(pool, runId),
    read: (signalId) => readUnfinishedTrade(pool, runId, signalId),
    settingOf(id) {
      const market = markets.get(id);
      const { config } = context;
      return market && settingOf(market, config.mode, tradeExtrasOf(config));
    },
    trades,
    onRevived: (trade) => context.log.warn(trade, 'trade had lost its workflow and goes on'),
    onFault: ports.onFault('trade reviver'),
  });
  context.onStop('trade reviver', () => reviver.stop());
}

/** A log is JSON, which has no bigint. */
const byOf = (difference: Difference) =>
  difference.kind === 'balance' ? { by: String(difference.by) } : {};

await runProcess('trading', main);
