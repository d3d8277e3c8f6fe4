import { Client, type Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Converting } from '../../adapters/payloads/payload-codec.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import { describeTrade } from '../../temporal/describe-trade.ts';
import { NAMESPACE, tradeWorkflowId } from '../../temporal/ids.ts';
import { tradeStage } from '../../temporal/messages.ts';
import { newTrade, type TradeSetting } from '../../temporal/trade-facts.ts';
import { createTradeWorker } from '../../workers/trading/trade-worker.ts';
import { tradeWorkflow } from '../../workflows/index.ts';
import { scriptedActivities, type Script, type ScriptedActivities } from './scripted-activities.ts';
import { aCandidate, aDecision, anAnalysis, aRefusal, solSetting } from './trade-wires.ts';
import { until } from './until.ts';

/** Entries of 200 USDC and more wait for alice or bob. */
export const asking = (withinMs = 60_000): TradeSetting => ({
  ...solSetting,
  approval: { notionalMin: '200000000', withinMs, operators: ['alice', 'bob'] },
});

/** Analysed and decided; risk refuses what is approved, so that the trade has a quick end. */
export const untilRefused = (script: Script = {}): Script => ({
  analyse: [() => anAnalysis()],
  decide: [() => aDecision()],
  beginWaiting: [() => ({ askedAtMs: Date.now() })],
  decideAgain: [() => aDecision()],
  approve: [() => aRefusal('cool-down')],
  abandon: [() => undefined],
  ...script,
});

export type WaitingTrade = {
  readonly candidate: Candidate;
  readonly workflowId: string;
  readonly scripted: ScriptedActivities;
  readonly stage: () => Promise<string>;
  readonly cancel: () => Promise<unknown>;
  readonly result: () => Promise<{ readonly end: string; readonly why: readonly string[] }>;
};

export type WaitingTrades = {
  /** Runs one trade on a worker of its own, for as long as `act` takes. */
  run(
    name: string,
    { script, setting }: { readonly script?: Script; readonly setting?: TradeSetting },
    act: (trade: WaitingTrade) => Promise<void>,
  ): Promise<void>;
};

/** The real workflow on a real server, with scripted activities behind it. */
export function waitingTrades(options: {
  readonly connection: NativeConnection;
  readonly client: Connection;
  readonly bundlePath: string;
  readonly converting?: Converting;
}): WaitingTrades {
  const { client: connection, converting = {} } = options;
  const { workflow: workflows } = new Client({ connection, namespace: NAMESPACE, ...converting });
  return {
    async run(name, { script = untilRefused(), setting = asking() }, act) {
      const scripted = scriptedActivities(script);
      const taskQueue = `waiting-${name}`;
      const worker = await createTradeWorker({
        connection: options.connection,
        bundlePath: options.bundlePath,
        activities: scripted.activities,
        taskQueue,
        converting,
      });
      await worker.runUntil(async () => {
        const candidate = aCandidate({ signalId: `r1-SOL-USDC-${name}-1` });
        const { attributes } = describeTrade(newTrade(candidate, setting));
        const handle = await workflows.start(tradeWorkflow, {
          workflowId: tradeWorkflowId(candidate.market, candidate.signalId),
          taskQueue,
          args: [candidate, setting],
          workflowTaskTimeout: '5s',
          typedSearchAttributes: [...attributes],
        });
        const { workflowId } = handle;
        await act({
          ...{ candidate, workflowId, scripted },
          stage: () => handle.query(tradeStage),
          cancel: () => handle.cancel(),
          result: () => handle.result(),
        });
      });
    },
  };
}

export const untilWaiting = (trade: WaitingTrade): Promise<true> =>
  until('waiting', async () => ((await trade.stage()) === 'waiting' ? true : undefined));
