import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control.ts';
import type { HaltView } from '../domain/control/halt-view.ts';
import { describeHalt, haltResult, waitSummary } from '../temporal/describe-halt.ts';
import {
  newHalt,
  readStopInput,
  type EmergencyStopInput,
  type HaltFacts,
  type HaltNotice,
  type HaltResult,
} from '../temporal/halt-facts.ts';
import { flattenPositions, haltProgress, lookAgain, reportHalt } from '../temporal/messages.ts';

// Each road has a short limit of its own; the next try comes from here, with what was reached shown.
const { fence } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '1 second' },
});

// Looks at ledger and chain, tried for as long as they are away: nobody else follows a halt.
const { readHalt, readOpenTrades, beginFlatten, proveFlat } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

const FENCE_AGAIN_MS = 200;
const LOOK_AGAIN_MS = { busy: 1_000, quiet: 60_000 };
/** A trade that could not be told of the flatten is told again after so many looks. */
const TELL_AGAIN_AFTER = 15;
/** Signals under way at once. */
const TOLD_AT_ONCE = 50;

/**
 * One of a stop's roads, and the halt's record: it stops the executor by itself, tells the open
 * trades, follows what was signed to its proven end and, when asked, positions to FLAT. It runs
 * until the halt is lifted. Started by hand it needs no input.
 */
export async function emergencyStopWorkflow(
  input?: EmergencyStopInput,
  carried?: HaltFacts,
): Promise<HaltResult> {
  const continueAsNew = makeContinueAsNewFunc<typeof emergencyStopWorkflow>();
  const halt = openHalt(input, carried);

  while (halt.facts.stage === 'stopping') await tryToFence(halt);
  if (carried === undefined && halt.facts.stage === 'fenced') await tellTrades(halt);

  for (;;) {
    await look(halt);
    const { stage } = halt.facts;
    if (stage === 'resumed' || stage === 'superseded') break;
    if (halt.facts.flatten && stage !== 'flat') await flatten(halt);
    await halt.untilNews();
    if (workflowInfo().continueAsNewSuggested) await continueAsNew(input, halt.facts);
  }
  if (halt.facts.stage === 'resumed') await tellTrades(halt);
  return haltResult(halt.facts);
}

type OpenHalt = {
  readonly facts: HaltFacts;
  record(change: Partial<HaltFacts>): void;
  /** Pauses so far, in this run of the workflow. */
  looks(): number;
  /** Until somebody has something to tell, or the next look is due. */
  untilNews(): Promise<void>;
};

function openHalt(input: EmergencyStopInput | undefined, carried: HaltFacts | undefined): OpenHalt {
  const { stopId, reason, flatten: wantsFlat } = readStopInput(input);
  const { firstExecutionRunId, startTime } = workflowInfo();
  let facts =
    carried ??
    newHalt({
      stopId: stopId ?? `workflow/${firstExecutionRunId}`,
      reason: reason ?? 'stopped by a workflow',
      startedAtMs: startTime.getTime(),
      flatten: wantsFlat,
    });
  let shown = '';
  let news = false;
  let looks = 0;

  const record = (change: Partial<HaltFacts>): void => {
    facts = { ...facts, ...change };
    const { details, attributes } = describeHalt(facts);
    setCurrentDetails(details);
    const values = JSON.stringify(attributes.map(({ value }) => value));
    if (values !== shown) upsertSearchAttributes([...attributes]);
    shown = values;
  };
  setHandler(haltProgress, () => facts);
  setHandler(flattenPositions, () => {
    news = true;
    record({ flatten: true });
  });
  setHandler(lookAgain, () => {
    news = true;
  });
  record({});
  return {
    get facts() {
      return facts;
    },
    record,
    looks: () => looks,
    async untilNews() {
      looks += 1;
      const isBusy = facts.live.length > 0 || (facts.flatten && facts.stage !== 'flat');
      const waitMs = isBusy ? LOOK_AGAIN_MS.busy : LOOK_AGAIN_MS.quiet;
      await condition(() => news, waitMs, { summary: waitSummary(facts) });
      news = false;
    },
  };
}

async function tryToFence(halt: OpenHalt): Promise<void> {
  const { stopId, reason } = halt.facts;
  const { fenced, haltEpoch, roads, atMs } = await fence.executeWithOptions(
    { summary: `stop by every road: ${reason}`.slice(0, 150) },
    [{ stopId, reason }],
  );
  const epoch = haltEpoch === undefined ? {} : { haltEpoch };
  if (fenced) {
    halt.record({ ...epoch, roads, stage: 'fenced', fencedAtMs: atMs });
    const { live } = await readHalt(stopId);
    halt.record({ landable: live, live });
    return;
  }
  halt.record({ ...epoch, roads });
  // An old stop that comes late: operators have lifted it.
  const { isLifted } = await readHalt(stopId);
  if (isLifted) return halt.record({ stage: 'resumed' });
  await condition(() => false, FENCE_AGAIN_MS, { summary: `not fenced yet: ${roads.postgres}` });
}

async function look(halt: OpenHalt): Promise<void> {
  const { facts } = halt;
  if (facts.stage === 'resumed') return;
  const view = await readHalt.executeWithOptions({ summary: waitSummary(facts) }, [facts.stopId]);
  const { live, open, atMs } = view;
  halt.record({ live, open, ...endOf(facts, view) });
  if (halt.facts.quiescedAtMs === undefined && live.length === 0) {
    halt.record({ quiescedAtMs: atMs });
  }
  const { stage } = halt.facts;
  if (stage === 'fenced' && live.length === 0) halt.record({ stage: 'quiesced' });
}

function endOf({ haltEpoch = 0 }: HaltFacts, view: HaltView): Partial<HaltFacts> {
  if (view.isLifted) return { stage: 'resumed' };
  // Where Postgres counts behind the executor it follows within a second: then it is no other stop.
  if (view.halted && view.currentEpoch > Math.max(haltEpoch, view.haltEpoch ?? 0)) {
    return { stage: 'superseded' };
  }
  return view.haltEpoch === undefined ? {} : { haltEpoch: Math.max(haltEpoch, view.haltEpoch) };
}

async function flatten(halt: OpenHalt): Promise<void> {
  const { stopId, haltEpoch = 0, stage, open, live } = halt.facts;
  if (stage !== 'flattening') {
    const summary = `${open.length} positions to close`;
    if (!(await beginFlatten.executeWithOptions({ summary }, [haltEpoch]))) return;
    halt.record({ stage: 'flattening' });
    await tellTrades(halt);
  }
  if (open.length > 0 || live.length > 0) {
    if (halt.looks() % TELL_AGAIN_AFTER === 0) await tellTrades(halt);
    return halt.record({ notFlat: open.map(({ market }) => `${market} is held`) });
  }
  const summary = 'nothing is held by the ledger: what does the chain say?';
  const { faults, atMs } = await proveFlat.executeWithOptions({ summary }, [stopId]);
  if (faults.length > 0) return halt.record({ notFlat: faults });
  halt.record({ notFlat: [], stage: 'flat', flatAtMs: atMs });
}

/** By id, from the ledger: visibility is late, and only for people. */
async function tellTrades(halt: OpenHalt): Promise<void> {
  const { haltEpoch = 0, reason, stage } = halt.facts;
  const isLifted = stage === 'resumed';
  const notice: HaltNotice = {
    haltEpoch,
    halted: !isLifted,
    reason,
    flatten: stage === 'flattening',
  };
  const trades = await readOpenTrades.executeWithOptions(
    { summary: isLifted ? 'tell the open trades that it is over' : 'tell the open trades' },
    [],
  );
  let told = 0;
  for (let from = 0; from < trades.length; from += TOLD_AT_ONCE) {
    const batch = trades.slice(from, from + TOLD_AT_ONCE);
    const heard = await Promise.all(batch.map((id) => tell(id, notice)));
    told += heard.filter(Boolean).length;
  }
  halt.record({ tradesTold: told });
}

async function tell(workflowId: string, notice: HaltNotice): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(reportHalt, notice);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It has ended meanwhile, or its workflow is lost: reconciliation finds those.
    log.warn('trade could not be told of the halt', { workflowId, why: String(error) });
    return false;
  }
}
