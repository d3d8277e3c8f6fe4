import type { Opinion } from '../domain/analysis/opinion.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { PermitStatus } from '../domain/settlement/settlement-ledger.ts';
import { newTrade, type LegFacts, type TradeFacts, type TradeSetting } from './trade-facts.ts';

/** What the ledger knows of a trade that has not ended. */
export type UnfinishedTrade = {
  readonly candidate: Candidate;
  readonly opinion?: Opinion;
  readonly reasons: readonly string[];
  /** Both legs, in the order of their attempts. */
  readonly legs: readonly (LegFacts & { readonly status: PermitStatus })[];
};

const ENDED_WITHOUT_SALE: ReadonlySet<PermitStatus> = new Set(['refused', 'failed', 'expired']);

/**
 * The facts with which a trade goes on that has lost its workflow: in the stage it had come to.
 * Undefined where the ledger holds no entry, so that there is nothing to go on with.
 */
export function revivedTrade(
  { candidate, opinion, reasons, legs }: UnfinishedTrade,
  setting: TradeSetting,
): TradeFacts | undefined {
  const entry = legs.findLast(({ signal }) => signal.leg === 'entry');
  if (!entry) return undefined;
  const exits = legs.filter(({ signal }) => signal.leg === 'exit');
  const last = exits.at(-1);
  const lastAttempt = last?.signal.attempt ?? 0;
  const isOver = last !== undefined && ENDED_WITHOUT_SALE.has(last.status);
  return {
    ...newTrade(candidate, setting),
    ...(opinion === undefined ? {} : { opinion }),
    reasons,
    stage: last ? 'exiting' : entry.status === 'landed' ? 'managing' : 'executing',
    entry: legOf(entry),
    ...(last ? { trigger: triggerOf(last) } : {}),
    exits: exits.map(legOf),
    exitAttempt: isOver ? lastAttempt + 1 : Math.max(lastAttempt, 1),
  };
}

function legOf({ status: _status, ...facts }: LegFacts & { readonly status: PermitStatus }) {
  return facts;
}

/** What asked for the exit is not stored; its signal says for what reason and at what price. */
function triggerOf({ signal }: LegFacts): ExitTrigger {
  return {
    signalId: signal.signalId,
    market: signal.market,
    reason: signal.exitReason ?? 'operator',
    marketTimeMs: signal.marketTimeMs,
    price: signal.feedPrice,
    solPrice: signal.solPrice,
    poolSlot: 0, // No event set the pool for this one: any slot will do.
    receivedNs: signal.receivedNs,
  };
}
