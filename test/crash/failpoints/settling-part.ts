import { createSettlePermits } from '../../../activities/settle-permits.ts';
import { connectBlocking, type BusConnection } from '../../../adapters/bus/connect.ts';
import { createPermitPublisher } from '../../../adapters/bus/permit-publisher.ts';
import { readGroup } from '../../../adapters/bus/stream-reader.ts';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createChainReader } from '../../../adapters/chain/chain-reader.ts';
import type { LedgerPool } from '../../../adapters/ledger/connect.ts';
import { readLivePermits, readUnreported } from '../../../adapters/ledger/permit-rows.ts';
import { createSettlementLedger } from '../../../adapters/ledger/settlement-ledger.ts';
import { createSocketClient } from '../../../adapters/socket-rpc/client.ts';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import { createExecutorMemory } from '../../../workers/trading/ask-executor.ts';
import { startOutboxSweeper } from '../../../workers/trading/outbox-sweeper.ts';
import { createReportBridge } from '../../../workers/trading/report-bridge.ts';
import { startSettlementWatch } from '../../../workers/trading/settlement-watch.ts';

export type SettlingOptions = {
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly dragonflyUrl: string;
  readonly rpcUrls: readonly string[];
  readonly wallet: string;
  readonly socketPath: string;
  /** What must never happen. */
  readonly onFault: (fault: string) => void;
  /** What passes: the part goes on by itself. */
  readonly onTrouble: (trouble: string) => void;
};

/** Nobody is told: the trades of these runs look into the ledger themselves. */
const SILENT = {
  trades: { signal: async () => 'gone' as const },
  legEnds: { publish: async () => undefined },
};

/** The trading worker's parts around a permit, the very ones: bridge, watch, sweeper. */
export async function startSettling(options: SettlingOptions): Promise<() => Promise<void>> {
  const { pool, bus, rpcUrls, wallet, onFault, onTrouble } = options;
  const ledger = createSettlementLedger(pool, { quoteDecimalsOf: () => 6 });
  const socket = createSocketClient({ path: options.socketPath });
  const bridge = createReportBridge({
    recordReport: ledger.recordReport,
    ...SILENT,
    onLive: () => undefined,
    onReported: () => undefined,
    onUnknown: ({ permitId }) => onFault(`report of an unknown permit ${permitId}`),
  });
  const reader = readGroup({
    connection: await connectBlocking(options.dragonflyUrl, { name: 'test-bridge' }),
    stream: STREAMS.reports.key,
    group: 'bridge',
    consumer: 'test',
    onEntry: ({ fields }) => bridge(JSON.parse(fields['r'] ?? '') as ExecutionReport),
    onFault: (error) => onTrouble(`report bridge: ${String(error)}`),
  });
  const watch = startSettlementWatch({
    readLive: () => readLivePermits(pool),
    settleAll: createSettlePermits({
      ledger,
      chain: createChainReader({ urls: rpcUrls, commitment: 'confirmed', wallet }),
      commitment: 'confirmed',
      executor: createExecutorMemory(socket, Date.now),
      carryReport: bridge,
      nowMs: Date.now,
      onFault: (id, error) => onTrouble(`settling ${id}: ${String(error)}`),
    }),
    ...SILENT,
    onFault: (error) => onTrouble(`settlement watch: ${String(error)}`),
    onSettled: () => undefined,
  });
  const sweeper = startOutboxSweeper({
    readUnreported: () => readUnreported(pool, Date.now()),
    permits: createPermitPublisher(bus),
    wallet,
    holdsLock: async () => true,
    onFault: (error) => onTrouble(`outbox sweeper: ${String(error)}`),
  });
  return async () => {
    await Promise.all([sweeper.stop(), watch.stop(), reader.stop()]);
    socket.close();
  };
}
