import type { NativeConnection } from '@temporalio/worker';
import { join } from 'node:path';
import { createSettlePermits, type SettlePermits } from '../../activities/settle-permits.ts';
import { createPermitPublisher } from '../../adapters/bus/permit-publisher.ts';
import { assertPaperCluster } from '../../adapters/chain/assert-paper-cluster.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { recordLimits } from '../../adapters/ledger/audit.ts';
import { createSettlementLedger } from '../../adapters/ledger/settlement-ledger.ts';
import { convertingOf } from '../../adapters/payloads/payload-codec.ts';
import { createSocketClient } from '../../adapters/socket-rpc/client.ts';
import { loadMarkets } from '../../config/markets.ts';
import { required } from '../../config/required.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { connectNative } from '../../temporal/native-connection.ts';
import { logActivities } from '../log-activities.ts';
import { runProcess, type ProcessContext } from '../run-process.ts';
import { installTemporalRuntime } from '../temporal-runtime.ts';
import { permitLine, reportLine } from '../trade-line.ts';
import { createExecutorMemory } from './ask-executor.ts';
import { controlActivities } from './control-activities.ts';
import { hearBundleResults } from './hear-bundle-results.ts';
import { openPorts, type Ports } from './open-ports.ts';
import { createReportBridge } from './report-bridge.ts';
import { RESULT_FACTS } from './result-facts.ts';
import { tradeExtrasOf, wireLimitsOf } from './settings.ts';
import { startReaders } from './start-readers.ts';
import { startWatches, type ProcessParts } from './start-watches.ts';
import { createStopClient } from './stop-client.ts';
import { createTradeClient } from './trade-client.ts';
import { createTradeWorker } from './trade-worker.ts';
import { tradingActivities } from './trading-activities.ts';
import { workflowBundleIn } from './workflow-bundle.ts';

async function main(context: ProcessContext): Promise<void> {
  installTemporalRuntime(context.log, context.config.addresses.sdkMetrics);
  const ports = await openPorts(context);
  const chain = await openChain(context, ports);
  const connection = await openTemporal(context);
  const converting = convertingOf(context.config.payloads);
  const parts: ProcessParts = {
    context,
    ports,
    chain,
    ledger: createSettlementLedger(ports.pool, { quoteDecimalsOf: quoteDecimalsIn(ports) }),
    permits: createPermitPublisher(ports.bus),
    trades: createTradeClient(connection, { converting }),
    stops: createStopClient(connection, { converting }),
  };
  // Before the first approval under them.
  await context.persist(() => recordLimits(ports.pool, wireLimitsOf(context.config)));
  const settlePermits = settlePermitsOf(parts);
  await startWorker(parts, connection, settlePermits);
  const watch = startWatches(parts, settlePermits);
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

function settlePermitsOf({ context, ports, chain, ledger, trades }: ProcessParts): SettlePermits {
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
  { context, ports, permits, chain }: ProcessParts,
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

await runProcess('trading', main);
