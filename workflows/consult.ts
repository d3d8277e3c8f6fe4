import {
  ActivityFailure,
  isCancellation,
  patched,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { ConsultActivities, ConsultManner } from '../activities/consult.ts';
import type { Consultation } from '../domain/analysis/consultation.ts';
import type { Opinion } from '../domain/analysis/opinion.ts';
import { BRAIN_QUEUE } from '../temporal/ids.ts';
import { consultSummary } from '../temporal/step-summaries.ts';
import type { OverlaySetting } from '../temporal/trade-facts.ts';
import type { OpenTrade } from './open-trade.ts';

/** A worker that is there takes a task in a few milliseconds; nobody is waited for who is not. */
const TAKEN_WITHIN_MS = 500;
/** The overlay ends by its own budget; this much later its worker must be gone. */
const MARGIN_MS = 300;

/**
 * Enabled: the overlay's advice before the decision. Undefined where nobody is asked, so that a
 * trade without overlay has no step and no patch marker of it.
 */
export async function consultBefore(trade: OpenTrade): Promise<Consultation | undefined> {
  const wanted = wantedBy(trade, 'enabled');
  if (!wanted || !patched('consult-before-decide')) return undefined;
  const consultation = await ask(trade, wanted, 'before');
  trade.record({ consultation });
  return consultation;
}

/** Advisory: asked while the trade goes on. A veto holds the market's later entries back. */
export function consultBeside(trade: OpenTrade): void {
  const wanted = wantedBy(trade, 'advisory');
  if (!wanted || !patched('consult-beside-trade')) return;
  void ask(trade, wanted, 'beside').then(
    (consultation) => trade.record({ consultation }),
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}

type Wanted = { readonly overlay: OverlaySetting; readonly opinion: Opinion };

/** Where the fast opinion declines anyway there is nothing to confirm, shrink or take back. */
function wantedBy({ facts }: OpenTrade, mode: OverlaySetting['mode']): Wanted | undefined {
  const { opinion, setting } = facts;
  const { overlay } = setting;
  if (overlay?.mode !== mode || !opinion) return undefined;
  const { known, direction, conviction } = opinion;
  const maybeTraded = known && direction === 'up' && conviction >= overlay.convictionMin;
  return maybeTraded ? { overlay, opinion } : undefined;
}

/** A brain that is away, or too late, is no fault of the trade. */
async function ask(
  { facts }: OpenTrade,
  { overlay: { budgetMs }, opinion }: Wanted,
  manner: ConsultManner,
): Promise<Consultation> {
  const limitMs = budgetMs + MARGIN_MS;
  const { consult } = proxyActivities<ConsultActivities>({
    taskQueue: BRAIN_QUEUE,
    scheduleToStartTimeout: TAKEN_WITHIN_MS,
    startToCloseTimeout: limitMs,
    scheduleToCloseTimeout: limitMs + TAKEN_WITHIN_MS,
    retry: { maximumAttempts: 1 },
  });
  try {
    const summary = consultSummary(facts);
    return await consult.executeWithOptions({ summary }, [facts.candidate, opinion, manner]);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const reason = error.cause instanceof TimeoutFailure ? 'timeout' : 'unreachable';
    return { answered: false, reason, latencyMs: limitMs, costMicroUsd: 0, failed: [] };
  }
}
