import { queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import {
  readRecordedDecision,
  readRecordedDecisions,
  type StoredDecision,
} from '../../adapters/ledger/recorded-decisions.ts';
import { readRevocations, type Revocation } from '../../adapters/ledger/memory-lineage.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import {
  createMarketStates,
  type PastState,
} from '../../adapters/memory/postgres-market-states.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Consultation } from '../../domain/analysis/consultation.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { redecide, type Redecision } from '../../domain/decision/redecide.ts';
import { createMarketBrain, type MarketBrain } from '../../domain/learning/market-brain.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { FieldSeal } from '../../domain/shared/field-seal.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { findOneTrade } from '../trades/whole-trade.ts';
import type { AskAgain } from './ask-again.ts';

export type RedecidedTrade = StoredDecision &
  Redecision & {
    readonly policyVersion: string;
    /** What was said now; undefined where nobody was asked again. */
    readonly advice: Consultation | undefined;
  };

/** Undefined: the recorded advice counts. */
type MaybeAsk = AskAgain | undefined;

/** Decisions that one command looks at. */
const DECISIONS_MAX = 1_000;

/** Throws `trade/unknown` for a trade that nothing was decided of. */
export async function redecideOne(
  pool: LedgerPool,
  asked: string,
  { askAgain, seal }: Reading,
): Promise<RedecidedTrade> {
  const { signalId, runId } = await findOneTrade(pool, asked);
  const recorded = await readRecordedDecision(pool, signalId, seal);
  if (!recorded) {
    const hint = 'the brain was silent, or the trade is older than the record of what decides';
    throw new OvermindError('trade/unknown', { asked, hint });
  }
  const [redecided] = await redecideAll(pool, { runId, recorded: [recorded], askAgain });
  if (!redecided) throw new Error('one decision was asked for');
  return redecided;
}

/** Of the run that began last, or of the one named; oldest first. */
export async function redecideSince(
  pool: LedgerPool,
  { marketMs, run: asked, askAgain, seal }: SinceQuestion,
): Promise<readonly RedecidedTrade[]> {
  const run = await readRunRow(pool, asked);
  if (!run) throw new OvermindError('trade/unknown', { asked: asked ?? '(last)', hint: 'no run' });
  const { runId } = run;
  const recorded = await readRecordedDecisions(
    pool,
    runId,
    { marketMs, limit: DECISIONS_MAX },
    seal,
  );
  return redecideAll(pool, { runId, recorded, askAgain });
}

/** How what was recorded is opened, and who is asked anew. */
export type Reading = { readonly askAgain: MaybeAsk; readonly seal: FieldSeal };

export type SinceQuestion = Reading & {
  readonly marketMs: number;
  readonly run: RunId | undefined;
};

type Recorded = {
  readonly runId: RunId;
  readonly recorded: readonly StoredDecision[];
  readonly askAgain: MaybeAsk;
};

async function redecideAll(
  pool: LedgerPool,
  { runId, recorded, askAgain }: Recorded,
): Promise<readonly RedecidedTrade[]> {
  const revocations = await readRevocations(pool, runId);
  const markets = new Set(recorded.map(({ candidate }) => candidate.market));
  const redecided: RedecidedTrade[] = [];
  for (const market of markets) {
    const decisions = recorded.filter(({ candidate }) => candidate.market === market);
    const ofMarket = revocations.filter((one) => one.market === market);
    redecided.push(
      ...(await redecideMarket(pool, { runId, market, decisions, ofMarket, askAgain })),
    );
  }
  return redecided.toSorted((a, b) => a.candidate.marketTimeMs - b.candidate.marketTimeMs);
}

type MarketDecisions = {
  readonly runId: RunId;
  readonly market: MarketId;
  readonly decisions: readonly StoredDecision[];
  readonly ofMarket: readonly Revocation[];
  readonly askAgain: MaybeAsk;
};

/** One walk through the market's memory; each decision meets what was known at its time. */
async function redecideMarket(
  pool: LedgerPool,
  { runId, market: id, decisions, ofMarket, askAgain }: MarketDecisions,
): Promise<readonly RedecidedTrade[]> {
  const [market] = loadMarkets([id]);
  if (!market) throw new OvermindError('market/unknown', { market: id, known: 'the registry' });
  const states = createMarketStates(runId, (operation, query) => queryRows(pool, operation, query));
  const upToMs = Math.max(...decisions.map(({ candidate }) => candidate.memoryUpToMs));
  const past = await states.readStates(id, upToMs, FAST_POLICY.version);
  const brain = createMarketBrain(id);
  let next = 0;
  const redecided: RedecidedTrade[] = [];
  for (const recorded of decisions) {
    const { candidate, opinion } = recorded;
    const intervalMs = opinion.horizonMs / FAST_POLICY.horizonBars;
    for (; (past[next]?.marketTimeMs ?? Infinity) <= candidate.memoryUpToMs; next += 1) {
      const { marketTimeMs, close, reading, ...state } = past[next] as PastState;
      brain.observe({ ...state, event: { market: id, marketTimeMs, intervalMs, close } }, reading);
    }
    heedRevoked(brain, ofMarket, recorded.createdAtMs);
    const advice = await askAgain?.(recorded);
    const now = redecide(recorded, brain.analyse(candidate), market, advice);
    redecided.push({ ...recorded, ...now, policyVersion: FAST_POLICY.version, advice });
  }
  return redecided;
}

function heedRevoked(brain: MarketBrain, revoked: readonly Revocation[], atMs: number): void {
  for (const { marketTimeMs, revokedAtMs } of revoked) {
    if (revokedAtMs <= atMs) brain.revoke(marketTimeMs);
  }
}
