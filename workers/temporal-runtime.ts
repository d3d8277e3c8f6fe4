import { DefaultLogger, Runtime, type LogLevel, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

const LEVELS: Readonly<Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Temporal's runtime of this process, to be installed before anything else of Temporal. It logs
 * where we log, native side too, and leaves signals alone: this process stops its parts in order.
 * With an address it serves the SDK's metrics there; a taken one must not keep trades from running.
 */
export function installTemporalRuntime(log: Logger, metricsAddress?: string): void {
  if (metricsAddress === undefined) return install(log);
  try {
    install(log, { metrics: metricsAt(metricsAddress) });
  } catch (error) {
    log.warn({ err: error, metricsAddress }, 'metrics of the SDK are not served');
    install(log);
  }
}

type Telemetry = NonNullable<RuntimeOptions['telemetryOptions']>;

function install(log: Logger, telemetry: Telemetry = {}): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) =>
      log[LEVELS[level]]({ ...meta }, message),
    ),
    telemetryOptions: {
      ...telemetry,
      logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} },
    },
    shutdownSignals: [],
  });
}

/** Names as Prometheus wants them: seconds, and the unit at the end. */
const metricsAt = (bindAddress: string): NonNullable<Telemetry['metrics']> => ({
  prometheus: {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  },
});
