import { ActivityFailure, condition } from '@temporalio/workflow';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import { backstopWaitMs } from '../domain/positions/time-backstop.ts';
import { isPriceMiss } from '../domain/settlement/price-miss.ts';
import { holdingSummary, retrySummary } from '../temporal/step-summaries.ts';
import type { LegFacts } from '../temporal/trade-facts.ts';
import { runLeg } from './leg.ts';
import type { OpenTrade } from './open-trade.ts';
import { decideExit, readMarketTime } from './trade-activities.ts';

const BACKSTOP_FIRST_MS = 60_000;
/** Attempts that are shown and carried on; older ones are in the ledger. */
const EXITS_KEPT = 8;
/** The first retry comes at once, because a falling price waits for nobody. */
const RETRY_MS = { first: 100, max: 30_000 };

/** Holds the position until somebody wants it closed; its time exit has a backstop here. */
export async function untilExitWanted(trade: OpenTrade): Promise<ExitTrigger> {
  const { inbox } = trade;
  const ordered = (): boolean => inbox.cancelled() || isFlattened(trade);
  const wanted = (): boolean => inbox.exitWanted() !== undefined || ordered();
  let waitMs = BACKSTOP_FIRST_MS;
  for (;;) {
    await condition(wanted, waitMs, { summary: holdingSummary(trade.facts) });
    const asked = inbox.exitWanted();
    if (asked) return asked;

    const time = await readMarketTime(trade.facts.candidate.market).catch(asUndefined);
    if (ordered()) return triggerOf(trade, 'operator', time);
    const { entry, candidate } = trade.facts;
    const left =
      time &&
      backstopWaitMs({
        marketTimeMs: time.marketTimeMs,
        rate: time.rate,
        openedAtMs: candidate.marketTimeMs,
        timeExitMs: entry?.signal.exits.timeExitMs ?? 0,
      });
    if (time && left === undefined) return triggerOf(trade, 'time', time);
    waitMs = left ?? BACKSTOP_FIRST_MS;
    await trade.continueIfLong();
  }
}

const isFlattened = ({ facts: { halt } }: OpenTrade): boolean =>
  halt?.halted === true && halt.flatten;

type KnownTime = Awaited<ReturnType<typeof readMarketTime>>;

function triggerOf(
  { facts: { candidate } }: OpenTrade,
  reason: ExitTrigger['reason'],
  time: KnownTime,
): ExitTrigger {
  return {
    signalId: candidate.signalId,
    market: candidate.market,
    reason,
    marketTimeMs: time?.marketTimeMs ?? candidate.marketTimeMs,
    price: time?.price ?? candidate.price,
    solPrice: time?.solPrice ?? candidate.solPrice,
    poolSlot: 0, // No event set the pool for this one: any slot will do.
    receivedNs: time?.receivedNs ?? candidate.receivedNs,
  };
}

/** Carries the exit through, attempt by attempt, until the position is sold. */
export async function closePosition(trade: OpenTrade): Promise<void> {
  for (let failures = 0; ; failures++) {
    const why = await tryExit(trade);
    if (why === undefined) return;
    const pauseMs = Math.min(RETRY_MS.max, RETRY_MS.first * 2 ** Math.min(failures, 10));
    // What was refused while halted may pass when a flatten begins, or the halt is lifted.
    const { halt } = trade.facts;
    const isToldAnew = (): boolean => trade.facts.halt !== halt;
    await condition(isToldAnew, pauseMs, { summary: retrySummary(why, trade.facts.widenings) });
    takeNewerPrice(trade);
    await trade.continueIfLong();
  }
}

/** Undefined when the position is sold, else why it is not. */
async function tryExit(trade: OpenTrade): Promise<string | undefined> {
  try {
    const undecided = isUnderWay(trade.facts.exits.at(-1)) ? undefined : await proposeExit(trade);
    if (undecided !== undefined) return undecided;
    const ending = await runLeg(trade, 'exit');
    if (ending === 'landed') return undefined;
    return afterMiss(trade, ending);
  } catch (error) {
    // A position is never given up: whatever no retry inside could mend is tried again from here.
    if (error instanceof ActivityFailure) return error.cause?.message ?? error.message;
    throw error;
  }
}

async function proposeExit(trade: OpenTrade): Promise<string | undefined> {
  const { candidate, trigger, exitAttempt, widenings, exits } = trade.facts;
  if (!trigger) throw new Error('no exit was asked for'); // A bug: fails the task, not the trade.
  const decision = await decideExit({
    signalId: candidate.signalId,
    trigger,
    attempt: exitAttempt,
    widenings,
  });
  if (!decision.trade) return decision.reasons.join(', ');
  // An attempt that risk refused used no number up, and gives its place to the next.
  const before = exits.filter(({ signal }) => signal.attempt !== exitAttempt);
  trade.record({ exits: [...before, { signal: decision.signal }].slice(-EXITS_KEPT) });
  return undefined;
}

/** A new price needs a new attempt, and a new attempt a permit of its own. */
function afterMiss(trade: OpenTrade, ending: 'failed' | 'expired' | 'refused'): string {
  const last = trade.facts.exits.at(-1);
  if (last?.breaches) {
    trade.show();
    return `refused by risk: ${last.breaches.map(({ rule }) => rule).join(', ')}`;
  }
  const { report, settlement } = last ?? {};
  const { exitAttempt, widenings } = trade.facts;
  const wider = isPriceMiss(report?.reason, settlement?.error) ? 1 : 0;
  trade.record({ exitAttempt: exitAttempt + 1, widenings: widenings + wider });
  const detail = ending === 'refused' ? report?.reason : settlement?.error;
  return `attempt ${exitAttempt} ${ending}${detail === undefined ? '' : `: ${detail}`}`;
}

/** The reason stays the first one; the price to act on is the newest. */
function takeNewerPrice(trade: OpenTrade): void {
  const newest = trade.inbox.exitWanted();
  const { trigger } = trade.facts;
  if (newest && trigger && newest.marketTimeMs > trigger.marketTimeMs) {
    trade.record({ trigger: { ...newest, reason: trigger.reason } });
  }
}

/** A permit is out whose end is not proven yet: it must be waited for, never overtaken. */
function isUnderWay(leg: LegFacts | undefined): boolean {
  return leg?.permit !== undefined && !leg.settlement && leg.report?.kind !== 'refused';
}

function asUndefined(error: unknown): undefined {
  if (error instanceof ActivityFailure) return undefined;
  throw error;
}
