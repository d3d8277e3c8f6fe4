import type { Wire } from '../domain/shared/wire.ts';
import type { LegEnds } from '../domain/market/leg-ends.ts';
import type { Market } from '../domain/market/market.ts';
import { signalFromWire, signalToWire, type Signal } from '../domain/decision/signal.ts';
import { approveSignal, type PermitTerms } from '../domain/risk/approve-signal.ts';
import { openPnlOf, type Mark } from '../domain/risk/open-pnl.ts';
import type { Permit } from '../domain/risk/permit.ts';
import type {
  ChainHeight,
  MarketView,
  PermitBus,
  RiskLedger,
  SealedPermit,
  StoredPermit,
} from '../domain/risk/risk-ledger.ts';
import type { LedgerView, RiskLimits, RiskView } from '../domain/risk/risk-view.ts';
import { permitToWire, type Verdict } from '../domain/risk/verdict.ts';
import { parseDecimal } from '../domain/shared/decimal.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import type { Lamports } from '../domain/shared/units.ts';
import { asActivityFailure } from './activity-failure.ts';

export type ApprovalDeps = {
  readonly ledger: RiskLedger;
  readonly permits: PermitBus;
  readonly legEnds: LegEnds;
  readonly height: ChainHeight;
  readonly marketView: MarketView;
  /** Wall time. */
  readonly nowMs: () => number;
  readonly seal: (permit: Permit) => SealedPermit;
  readonly wallet: string;
  readonly markets: ReadonlyMap<MarketId, Market>;
  readonly limits: RiskLimits;
  readonly execution: {
    readonly feeMax: Lamports;
    readonly tipMax: Lamports;
    readonly entryLifeMs: number;
    readonly exitLifeMs: number;
  };
};

export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;

/** A height that nobody renewed for this long says nothing about now. */
const HEIGHT_AGE_MS_MAX = 5_000;
/** Blocks added to a permit's life: slots are not exact, and its wall clock ends it anyway. */
const HEIGHT_MARGIN = 2;

export function createApprovalActivities(deps: ApprovalDeps) {
  const { ledger, permits, legEnds, wallet, limits, nowMs } = deps;
  return {
    /** Safe to retry: the permit id comes from the signal, and what is stored is answered again. */
    async approve(wire: Wire<Signal>): Promise<Wire<Verdict>> {
      try {
        const signal = signalFromWire(wire);
        const market = marketOf(deps, signal.market);
        const terms = termsOf(deps, signal, market);
        const approval = await ledger.approve({
          signal,
          wallet,
          quoteMint: market.quote.mint,
          nowMs: nowMs(),
          limits,
          judge: (view) => approveSignal(signal, riskViewOf(deps, signal, view), limits, terms),
          seal: deps.seal,
        });
        if (!approval.approved) {
          const { signalId, leg } = signal;
          await legEnds.publish({ signalId, leg, end: 'refused' });
          return approval;
        }
        // Always from the stored row. Lost here? The retry or the sweeper publishes it.
        await permits.publish(approval.stored, wallet);
        return verdictOf(approval.stored);
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}

function verdictOf({ permit, signal, riskScore, adjustments }: StoredPermit): Wire<Verdict> {
  return {
    approved: true,
    permit: permitToWire(permit),
    signal: signalToWire(signal),
    riskScore,
    adjustments,
  };
}

function marketOf({ markets }: ApprovalDeps, id: MarketId): Market {
  const market = markets.get(id);
  if (market) return market;
  throw new OvermindError('market/unknown', { market: id, known: [...markets.keys()].join(', ') });
}

function termsOf(deps: ApprovalDeps, signal: Signal, market: Market): PermitTerms {
  const { feeMax, tipMax, entryLifeMs, exitLifeMs } = deps.execution;
  const issuedAtMs = deps.nowMs();
  const lifeMax = signal.leg === 'entry' ? entryLifeMs : exitLifeMs;
  const lifeMs = Math.floor(Math.min(lifeMax, signal.timeToLiveMs));
  const isBuy = signal.side === 'buy';
  const seen = deps.height.current();
  return {
    wallet: deps.wallet,
    mintIn: isBuy ? market.quote.mint : market.base.mint,
    mintOut: isBuy ? market.base.mint : market.quote.mint,
    feeMax,
    tipMax,
    route: 'fast',
    issuedAtMs,
    validUntilMs: issuedAtMs + lifeMs,
    // Without a height the suspended rule refuses, so this 0 reaches no permit.
    validUntilHeight: seen ? seen.height + Math.ceil(lifeMs / seen.slotMs) + HEIGHT_MARGIN : 0,
  };
}

function riskViewOf(deps: ApprovalDeps, signal: Signal, view: LedgerView): RiskView {
  const { height, marketView, nowMs, markets } = deps;
  const seen = height.current();
  const markOf = (id: MarketId): Mark | undefined => {
    const market = markets.get(id);
    const newest = marketView.newest(id);
    if (!market || !newest) return undefined;
    return {
      price: parseDecimal(newest.price, `price of ${id}`),
      baseDecimals: market.base.decimals,
      quoteDecimals: market.quote.decimals,
    };
  };
  return {
    ...view,
    marketNowMs: marketView.nowMs(),
    intervalMs: marketView.newest(signal.market)?.intervalMs,
    isChainFresh: seen !== undefined && nowMs() - seen.seenAtMs <= HEIGHT_AGE_MS_MAX,
    openPnl: openPnlOf(view.positions, markOf),
  };
}
