import {
  CancellationScope,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Leg, PermitId } from '../domain/shared/ids.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { describeTrade } from '../temporal/describe-trade.ts';
import {
  endRun,
  reportExecution,
  reportHalt,
  reportSettlement,
  requestExit,
  tradeStage,
} from '../temporal/messages.ts';
import type { LegFacts, TradeFacts } from '../temporal/trade-facts.ts';

/** What others have told the trade. Each is delivered at least once; the first one counts. */
export type Inbox = {
  readonly reports: ReadonlyMap<PermitId, ExecutionReport>;
  readonly settlements: ReadonlyMap<PermitId, Wire<Settlement>>;
  /** The newest: its price is fresher. */
  readonly exitWanted: () => ExitTrigger | undefined;
  readonly runEnded: () => boolean;
  /** Somebody cancelled the workflow: with a position open that can only mean "close it". */
  readonly cancelled: () => boolean;
};

export function openInbox(): Inbox {
  const reports = new Map<PermitId, ExecutionReport>();
  const settlements = new Map<PermitId, Wire<Settlement>>();
  let exitWanted: ExitTrigger | undefined;
  let runEnded = false;
  let cancelled = false;

  setHandler(reportExecution, (report) => {
    const known = reports.get(report.permitId);
    // "Uncertain" is what a restarted executor says; what really happened replaces it.
    if (!known || known.kind === 'uncertain') reports.set(report.permitId, report);
  });
  setHandler(reportSettlement, (settlement) => {
    if (!settlements.has(settlement.permitId)) settlements.set(settlement.permitId, settlement);
  });
  setHandler(requestExit, (trigger) => {
    exitWanted = trigger;
  });
  setHandler(endRun, () => {
    runEnded = true;
  });
  CancellationScope.current().cancelRequested.catch(() => {
    cancelled = true;
  });

  return {
    reports,
    settlements,
    exitWanted: () => exitWanted,
    runEnded: () => runEnded,
    cancelled: () => cancelled,
  };
}

export type OpenTrade = {
  readonly facts: TradeFacts;
  readonly inbox: Inbox;
  /** Adds to the facts. The current details follow at once; they cost no event. */
  record(change: Partial<TradeFacts>): void;
  /** Adds to the entry, or to the newest exit. */
  recordLeg(leg: Leg, change: Partial<LegFacts>): void;
  /** Brings the search attributes up to date: one event for all that changed since. */
  show(): void;
  /** As `show`, and the memo. */
  showEnd(): void;
  /** A long trade goes on in a new run with the same facts. Called where nothing is under way. */
  continueIfLong(): Promise<void>;
};

export function openTrade(
  given: TradeFacts,
  continueWith: (facts: TradeFacts) => Promise<never>,
): OpenTrade {
  let facts = given;
  const shown = new Map(
    describeTrade(facts).attributes.map(({ key, value }) => [key.name, JSON.stringify(value)]),
  );
  setHandler(tradeStage, () => facts.stage);

  const record = (change: Partial<TradeFacts>): void => {
    facts = { ...facts, ...change };
    setCurrentDetails(describeTrade(facts).details);
  };
  const show = (): void => {
    const changed = describeTrade(facts).attributes.filter(
      ({ key, value }) => shown.get(key.name) !== JSON.stringify(value),
    );
    if (changed.length === 0) return;
    upsertSearchAttributes([...changed]);
    for (const { key, value } of changed) shown.set(key.name, JSON.stringify(value));
  };
  record({});
  setHandler(reportHalt, (halt) => {
    record({ halt });
    show();
  });

  return {
    get facts() {
      return facts;
    },
    inbox: openInbox(),
    record,
    recordLeg(leg, change) {
      const current = leg === 'entry' ? facts.entry : facts.exits.at(-1);
      if (!current) throw new Error(`no ${leg} to record`); // A bug: fails the task, not the trade.
      const next = { ...current, ...change };
      record(leg === 'entry' ? { entry: next } : { exits: [...facts.exits.slice(0, -1), next] });
    },
    show,
    showEnd() {
      show();
      upsertMemo({ ...describeTrade(facts).memo });
    },
    async continueIfLong() {
      const { continueAsNewSuggested, historyLength } = workflowInfo();
      const limit = facts.setting.historyLengthMax ?? Infinity;
      if (continueAsNewSuggested || historyLength >= limit) await continueWith(facts);
    },
  };
}
