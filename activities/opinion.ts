import type { Consultation } from '../domain/analysis/consultation.ts';
import type { Analysis, Brain, Opinion } from '../domain/analysis/opinion.ts';
import type { AdviceRecords } from '../domain/analysis/standing-veto.ts';
import { decide } from '../domain/decision/decide.ts';
import { decideAgain } from '../domain/decision/decide-again.ts';
import type { DecisionSettings } from '../domain/decision/decision-settings.ts';
import { decisionToWire } from '../domain/decision/decision-wire.ts';
import type { PoolSnapshots } from '../domain/decision/pool-snapshots.ts';
import type { Decision, Signal } from '../domain/decision/signal.ts';
import type { TradeRecords } from '../domain/decision/trade-records.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import type { LegEnd } from '../domain/market/feed.ts';
import type { LegEnds } from '../domain/market/leg-ends.ts';
import type { Market } from '../domain/market/market.ts';
import { decideExit } from '../domain/positions/decide-exit.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { PositionReader } from '../domain/positions/position-reader.ts';
import type { MarketView } from '../domain/risk/risk-ledger.ts';
import type { ApprovalOrder } from '../domain/control/approval-order.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { MarketId, SignalId } from '../domain/shared/ids.ts';
import type { BasisPoints } from '../domain/shared/units.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { asActivityFailure } from './activity-failure.ts';

export type OpinionActivities = ReturnType<typeof createOpinionActivities>;

export type OpinionDeps = {
  readonly brain: Brain;
  readonly pools: PoolSnapshots;
  readonly records: TradeRecords;
  readonly readVeto: AdviceRecords['readVeto'];
  readonly legEnds: LegEnds;
  readonly positions: PositionReader;
  /** The newest event of a market, as this process has seen it. */
  readonly newest: MarketView['newest'];
  readonly marketOf: (id: MarketId) => Market | undefined;
  readonly workflowIdOf: (market: MarketId, signalId: SignalId) => string;
  readonly settings: DecisionSettings;
  /** How much worse the price may become while a person thinks. */
  readonly collarMax: BasisPoints;
  readonly clock: { readonly wallMs: () => number; readonly monotonicNs: () => bigint };
};

export type ExitRequest = {
  readonly signalId: SignalId;
  readonly trigger: ExitTrigger;
  readonly attempt: number;
  readonly widenings: number;
};

/** An entry that a person has approved, with what was decided before. */
export type SecondRequest = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  readonly consultation: Consultation | undefined;
  readonly approved: Wire<Signal>;
  readonly order: ApprovalOrder;
};

const SOL_MARKET = 'SOL-USDC';
/** Any slot will do: the newest snapshot is the price of now. */
const ANY_SLOT = 0;
/** A brain that has not answered by then is silent. */
const ANALYSE_WITHIN_MS = 1_000;
/** Both activities have two seconds in all. */
const POOL_WITHIN_MS = 1_000;

/** They only ask, compute and note down, so that running one again is harmless. */
export function createOpinionActivities(deps: OpinionDeps) {
  const { records, settings } = deps;

  const askBrain = async (candidate: Candidate): Promise<Analysis> => {
    try {
      return { answered: true, opinion: await deps.brain.analyse(candidate, ANALYSE_WITHIN_MS) };
    } catch (error) {
      // Any silence ends the trade as declined; only a bug may fail it.
      if (error instanceof OvermindError) return { answered: false, reason: 'brain-silent' };
      throw error;
    }
  };

  /** A declined leg ends here: the market clock must not wait for it. */
  const answer = async (signalId: SignalId, leg: LegEnd['leg'], decision: Decision) => {
    if (!decision.trade) await deps.legEnds.publish({ signalId, leg, end: 'declined' });
    return decisionToWire(decision);
  };

  return {
    analyse: (candidate: Candidate): Promise<Analysis> =>
      asActivity(async () => {
        const analysis = await askBrain(candidate);
        await records.recordAnalysed({
          candidate,
          workflowId: deps.workflowIdOf(candidate.market, candidate.signalId),
          opinion: analysis.answered ? analysis.opinion : undefined,
        });
        return analysis;
      }),

    decide: (
      candidate: Candidate,
      analysis: Analysis,
      consultation?: Consultation,
    ): Promise<Wire<Decision>> =>
      asActivity(async () => {
        const { signalId, poolSlot } = candidate;
        const market = marketOf(deps, candidate.market);
        if (!analysis.answered) {
          const silent: Decision = { trade: false, reasons: [analysis.reason] };
          await records.recordDecision({ signalId, decision: silent, inputs: undefined });
          return answer(signalId, 'entry', silent);
        }
        const [pool, veto] = await Promise.all([
          deps.pools.waitForSlot(candidate.market, poolSlot, POOL_WITHIN_MS),
          deps.readVeto(candidate),
        ]);
        const inputs = {
          pool,
          veto,
          lastEventMs: deps.newest(candidate.market)?.marketTimeMs ?? candidate.marketTimeMs,
          settings,
        };
        const { opinion } = analysis;
        const decision = decide({ candidate, opinion, market, ...inputs }, consultation);
        await records.recordDecision({ signalId, decision, inputs: { ...inputs, consultation } });
        return answer(signalId, 'entry', decision);
      }),

    /** Says when, by the host's clock, a person was asked. */
    beginWaiting: (signalId: SignalId): Promise<{ readonly askedAtMs: number }> =>
      asActivity(async () => {
        await records.recordWaiting(signalId);
        return { askedAtMs: deps.clock.wallMs() };
      }),

    /** The same entry at the price of now, after a person said yes to it. */
    decideAgain: (request: SecondRequest): Promise<Wire<Decision>> =>
      asActivity(async () => {
        const { candidate, opinion, consultation, approved, order } = request;
        const { market: id, signalId, poolSlot } = candidate;
        const newest = deps.newest(id);
        const inputs = {
          pool: await deps.pools.waitForSlot(id, newest ? ANY_SLOT : poolSlot, POOL_WITHIN_MS),
          lastEventMs: newest?.marketTimeMs ?? candidate.marketTimeMs,
          settings,
        };
        const again = {
          price: newest?.price ?? candidate.price,
          solPrice: deps.newest(SOL_MARKET)?.price ?? candidate.solPrice,
          // Else "market event to wire" would hold the time that the person took.
          receivedNs: String(deps.clock.monotonicNs()),
          approved: { notional: approved.notional, quotedOut: approved.quotedOut },
          collarMax: deps.collarMax,
          ...order,
        };
        const question = { candidate, opinion, market: marketOf(deps, id), ...inputs };
        const decision = decideAgain(question, again);
        await records.recordDecision({
          signalId,
          decision,
          inputs: { ...inputs, consultation, again },
        });
        return answer(signalId, 'entry', decision);
      }),

    /** One attempt of the way out, quoted afresh. */
    decideExit: ({ signalId, trigger, attempt, widenings }: ExitRequest) =>
      asActivity(async (): Promise<Wire<Decision>> => {
        const market = marketOf(deps, trigger.market);
        const [position, pool] = await Promise.all([
          deps.positions.readPosition(signalId),
          deps.pools.waitForSlot(trigger.market, trigger.poolSlot, POOL_WITHIN_MS),
        ]);
        const feed = newerOf(trigger, deps.newest(trigger.market));
        const question = { position, trigger, attempt, widenings, pool, market, feed, settings };
        return answer(signalId, 'exit', decideExit(question));
      }),
  };
}

type FeedPrice = { readonly price: string; readonly marketTimeMs: number };

function newerOf(trigger: FeedPrice, newest: FeedPrice | undefined): FeedPrice {
  return newest && newest.marketTimeMs > trigger.marketTimeMs ? newest : trigger;
}

function marketOf({ marketOf: find }: OpinionDeps, id: MarketId): Market {
  const market = find(id);
  if (market) return market;
  throw new OvermindError('market/unknown', { market: id, known: 'those of this run' });
}

async function asActivity<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asActivityFailure(error);
  }
}
