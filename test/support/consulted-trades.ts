import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { loadConfig, type Config } from '../../config/config.ts';
import type { Consultation } from '../../domain/analysis/consultation.ts';
import { NAMESPACE } from '../../temporal/ids.ts';
import { overlaySettingOf } from '../../workers/trading/settings.ts';
import { createTradeWorker } from '../../workers/trading/trade-worker.ts';
import { tradeWorkflow } from '../../workflows/index.ts';
import { scriptedActivities } from './scripted-activities.ts';
import type { TestServers } from './servers.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  anAnalysis,
  aRefusal,
  solSetting,
} from './trade-wires.ts';

/** What the overlay needs; every question may take a second. */
export const consultConfig = (servers: TestServers, url: string, mode = 'enabled'): Config =>
  loadConfig({
    OVERMIND_HOME: servers.home,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_AI_MODE: mode,
    OVERMIND_LLM_URL: url,
    OVERMIND_LLM_BUDGET_MS: '1000',
  });

let trades = 0;

/**
 * One trade on a worker of its own; what `decide` was told of the overlay decides whether it
 * declines. Risk refuses it else, so that it ends.
 */
export async function runConsultedTrade(options: {
  readonly connection: NativeConnection;
  readonly bundlePath: string;
  readonly config: Config;
}) {
  const { connection, bundlePath, config } = options;
  const told: (Consultation | undefined)[] = [];
  const scripted = scriptedActivities({
    analyse: [() => anAnalysis()],
    decide: [
      (_candidate, _analysis, consultation) => {
        told.push(consultation);
        const vetoed = consultation?.answered && consultation.advice.verdict === 'veto';
        return vetoed ? aDecline('overlay-veto') : aDecision();
      },
    ],
    approve: [() => aRefusal('cool-down')],
  });
  const taskQueue = `consult-test-${trades++}`;
  const { activities } = scripted;
  const worker = await createTradeWorker({ connection, bundlePath, activities, taskQueue });
  const overlay = overlaySettingOf(config);
  const client = new Client({ connection, namespace: NAMESPACE });
  return worker.runUntil(async () => {
    const handle = await client.workflow.start(tradeWorkflow, {
      workflowId: taskQueue,
      taskQueue,
      args: [aCandidate(), { ...solSetting, ...(overlay ? { overlay } : {}) }],
    });
    const result = await handle.result();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    return { result, told, scheduled };
  });
}
