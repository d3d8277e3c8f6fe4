import { Worker, type NativeConnection } from '@temporalio/worker';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createConsultActivities } from '../../activities/consult.ts';
import { createAdviceRecords } from '../../adapters/ledger/advice-records.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { createFieldSeal } from '../../adapters/payloads/field-seal.ts';
import { convertingOf } from '../../adapters/payloads/payload-codec.ts';
import type { Config } from '../../config/config.ts';
import type { AsideAdvice } from '../../domain/analysis/standing-veto.ts';
import type { FieldSeal } from '../../domain/shared/field-seal.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { BRAIN_QUEUE, NAMESPACE } from '../../temporal/ids.ts';
import { connectNative } from '../../temporal/native-connection.ts';
import type { ProcessContext } from '../run-process.ts';
import { mintOf, openOverlay } from './open-overlay.ts';

/** Trades that consult at the same time; one more waits, and its fast opinion stands. */
const CONSULTATIONS_MAX = 32;

/**
 * Serves `consult` where the configuration wants it, and says so where not. Beside everything else:
 * what the brain is there for must not wait for Temporal.
 */
export function startConsulting(context: ProcessContext, ledger: LedgerPool): void {
  const { ai } = context.config;
  const models = ai.overlay.providers.map(({ by, model }) => `${by} ${model}`);
  if (ai.mode === 'disabled') {
    context.log.info({ mode: ai.mode }, 'overlay is off');
    return;
  }
  if (models.length === 0) {
    const why = 'neither a key nor the address of a model is set';
    context.log.warn({ mode: ai.mode, why }, 'overlay is off');
    return;
  }
  context.log.info({ mode: ai.mode, models, budgetMs: ai.overlay.budgetMs }, 'overlay is on');
  serve(context, ledger).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'AbortError') return; // The process stops.
    // An uncaught exception is what ends a process of ours with a fault.
    setImmediate(() => {
      throw error;
    });
  });
}

async function serve(context: ProcessContext, ledger: LedgerPool): Promise<void> {
  const { config, log, onStop, persist } = context;
  const connection = await persist(() => connect(temporalOf(config)));
  onStop('temporal', () => connection.close());
  const worker = await createConsultWorker(connection, context, ledger);
  const running = worker.run();
  log.info({ queue: BRAIN_QUEUE }, 'overlay is served');
  onStop('consult worker', async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
  await running;
}

/** Temporal may be away for a while: that must not end the brain. */
async function connect(address: string): Promise<NativeConnection> {
  try {
    return await connectNative(address);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : 'unknown';
    throw new OvermindError('socket/unreachable', { address, fault }, { cause });
  }
}

function temporalOf({ addresses }: Config): string {
  if (addresses.temporal !== undefined) return addresses.temporal;
  throw new OvermindError('config/invalid', { faults: 'TEMPORAL_ADDRESS: missing' });
}

function createConsultWorker(
  connection: NativeConnection,
  { config, log }: ProcessContext,
  ledger: LedgerPool,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: NAMESPACE,
    ...convertingOf(config.payloads),
    taskQueue: BRAIN_QUEUE,
    activities: createConsultActivities({
      overlay: openOverlay(config.ai.overlay, join(config.home, 'llm-spend.json')),
      mintOf,
      recordAside: asideRecorder(ledger, createFieldSeal(config.payloads.keys), log),
    }),
    maxConcurrentActivityTaskExecutions: CONSULTATIONS_MAX,
    shutdownGraceTime: '1s',
    shutdownForceTime: '3s',
  });
}

function asideRecorder(
  ledger: LedgerPool,
  seal: FieldSeal,
  log: Logger,
): (advice: AsideAdvice) => Promise<void> {
  const { recordAside } = createAdviceRecords(ledger, seal);
  return async (advice) => {
    try {
      await recordAside(advice);
    } catch (error) {
      // The workflow shows it all the same; but no veto stands, and that must be seen.
      log.error({ err: error, signalId: advice.signalId }, 'advice beside a trade was not stored');
    }
  };
}
