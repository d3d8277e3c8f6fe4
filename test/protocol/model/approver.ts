import { createApprovalActivities } from '../../../activities/approval.ts';
import { createSettlePermits } from '../../../activities/settle-permits.ts';
import type { PermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { signalToWire, type Signal } from '../../../domain/decision/signal.ts';
import type { Market } from '../../../domain/market/market.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import type { RiskLimits } from '../../../domain/risk/risk-view.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { signalIdOf } from '../../../domain/shared/ids.ts';
import { lamports, quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import { createExecutorMemory } from '../../../workers/trading/ask-executor.ts';
import { aSignal, someLimits } from '../../support/risk.ts';
import type { Bus } from './bus.ts';
import type { Chain } from './chain.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './executor.ts';
import type { Owner, Remote, Sim } from './sim.ts';
import type { Truth } from './truth.ts';
import { Violation } from './truth.ts';

export type TraderDeps = {
  readonly sim: Sim;
  readonly owner: Owner;
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly chain: Chain;
  readonly truth: Truth;
  readonly wallet: string;
  readonly markets: readonly Market[];
  readonly mac: PermitMac;
  readonly lifeMs: number;
  readonly exposureMax: bigint;
  readonly lives: () => readonly Life[];
  readonly ledgerFate: () => Remote;
  readonly busFate: () => Remote;
  readonly chainFate: () => Remote;
};

const NOTIONAL = 200_000_000n;
const SLOT_MS_SEEN = 50;

/** Approval, sweeper, report bridge and settlement: the trading worker, and workflows that ask too often. */
export function createTrader(deps: TraderDeps) {
  const { sim, owner, bus, ledger, chain, truth, markets, lifeMs } = deps;
  const trades: Signal[] = [];
  const askLedger = <Answer>(effect: () => Answer): Promise<Answer> =>
    sim.remote(owner, effect, deps.ledgerFate());
  const limits: RiskLimits = someLimits({
    exposureMax: quoteUnits(deps.exposureMax),
    coolDownMs: 0,
    permitCostMax: lamports(70_000n),
  });
  const heightSeen = () => {
    const height = chain.height - (chain.lies.lag.get('one') ?? 0);
    return { height, slotMs: SLOT_MS_SEEN, seenAtMs: sim.wallOf(owner) };
  };
  /**
   * A store that refuses what another one says is a guard at work: the end shows who was right.
   * Anything else that no retry mends is a fault.
   */
  const noticed = (error: unknown): void => {
    const cause = causeOf(error);
    if (cause instanceof Violation) return;
    if (cause instanceof OvermindError && (cause.retryable || cause.code === 'ledger/conflict')) {
      return;
    }
    truth.note(new Violation(`(10) ${String(cause)}`));
  };

  const publish = (row: { readonly sequence: number; readonly p: string; readonly m: string }) =>
    sim.remote(owner, () => bus.publish(row.sequence, row.p, row.m), deps.busFate());

  const { approve } = createApprovalActivities({
    ledger: {
      approve: (request) =>
        askLedger(() => {
          const { approval, isNew } = ledger.approve(request);
          if (approval.approved && isNew) {
            const row = ledger.row(approval.stored.permit.id);
            if (row) {
              truth.onApproved(row, (signature) => {
                if (chain.isIncluded(signature)) {
                  const one = chain.history.find((known) => known.signature === signature);
                  return one?.error === undefined;
                }
                return chain.canStillLand(signature, lastValidOf(signature));
              });
            }
          }
          return approval;
        }),
    },
    permits: { publish: ({ sequence, p, m }) => publish({ sequence: Number(sequence), p, m }) },
    legEnds: { publish: () => Promise.resolve() },
    height: { current: heightSeen },
    marketView: {
      newest: () => ({
        price: '146.5',
        marketTimeMs: aSignal().lastEventMs,
        intervalMs: 60_000,
      }),
      nowMs: () => aSignal().lastEventMs,
    },
    nowMs: () => sim.wallOf(owner),
    seal(permit) {
      const p = encodePermit(permit);
      return { p, m: deps.mac.sign(p) };
    },
    wallet: deps.wallet,
    markets: new Map(markets.map((market) => [market.id, market])),
    limits,
    execution: {
      feeMax: lamports(50_000n),
      tipMax: lamports(20_000n),
      entryLifeMs: lifeMs,
      exitLifeMs: lifeMs,
    },
  });

  const lastValid = new Map<string, number>();
  const lastValidOf = (signature: string): number => lastValid.get(signature) ?? 0;

  const settlePermits = createSettlePermits({
    ledger: {
      readTracked: (ids) => askLedger(() => ledger.readTracked(ids)),
      readSettlement: (id) => askLedger(() => ledger.readSettlement(id)),
      readKnownSignatures: (all) => askLedger(() => ledger.readKnownSignatures(all)),
      recordSettlement: (settlement) =>
        askLedger(() => {
          const stored = ledger.recordSettlement(settlement);
          truth.onExposure();
          return stored;
        }),
    },
    chain: chain.reader(owner, deps.chainFate),
    commitment: 'confirmed',
    executor: createExecutorMemory(
      {
        call: <Answer>(_method: string, params: unknown): Promise<Answer> => {
          const [life] = deps.lives().filter(({ owner: its }) => its.alive && !its.paused);
          if (!life) {
            const fault = { address: 'model', fault: 'nobody listens' };
            return Promise.reject(new OvermindError('socket/unreachable', fault));
          }
          return sim.remote(owner, () => life.methods.whatBecameOf(params) as Answer, {
            error: () => new OvermindError('socket/timeout', { method: 'model', afterMs: 250 }),
          });
        },
      },
      () => sim.wallOf(owner),
    ),
    carryReport: (report) => recordReport(report),
    nowMs: () => sim.wallOf(owner),
    onFault: (_id, error) => noticed(error),
  });

  const recordReport = (report: Parameters<Ledger['recordReport']>[0]): Promise<void> =>
    askLedger(() => {
      const { freed } = ledger.recordReport(report);
      if (freed) {
        const landed = truth.landed.has(report.permitId);
        truth.must(!landed, '(5) a reservation is freed, and the permit has landed', () => ({
          id: report.permitId,
        }));
      }
      truth.onExposure();
    });

  const ask = (signal: Signal): void => {
    approve(signalToWire(signal)).catch(noticed);
  };

  return {
    get trades(): readonly Signal[] {
      return trades;
    },
    remember: (signature: string, height: number) => void lastValid.set(signature, height),

    beginTrade(at: number): void {
      const market = markets[at % markets.length]?.id ?? '';
      const marketTimeMs = 1_746_000_000_000 + trades.length * 60_000;
      const signal = aSignal({
        signalId: signalIdOf('run', market, 'breakout', marketTimeMs),
        runId: 'run',
        market,
        marketTimeMs,
        amountIn: tokenUnits(NOTIONAL),
        notional: quoteUnits(NOTIONAL),
        timeToLiveMs: lifeMs,
      });
      trades.push(signal);
      ask(signal);
    },
    /** The same leg again, or its next attempt, whatever became of the last one. */
    ask(signal: Signal, leg: 'entry' | 'exit', attempt: number): void {
      if (leg === 'entry') return ask({ ...signal, attempt });
      const position = ledger.positions.get(signal.signalId);
      const amountIn = position?.quantity ?? 1_000_000_000n;
      const quotedOut = chain.quote('sell', amountIn);
      ask({
        ...signal,
        leg,
        attempt,
        side: 'sell',
        amountIn: tokenUnits(amountIn),
        quotedOut: tokenUnits(quotedOut),
        minAmountOut: tokenUnits((quotedOut * 97n) / 100n),
        notional: quoteUnits(quotedOut),
        exitReason: 'stop-loss',
      });
    },
    settle(): void {
      const live = ledger.rows.filter(ledger.isLive).map(({ permit }) => permit.id);
      if (live.length > 0) settlePermits(live).catch(noticed);
    },
    hearReport(at: number, keep: boolean): void {
      const report = bus.takeReport(at, keep);
      if (!report) return;
      recordReport(report).catch(noticed);
    },
    sweep(): void {
      for (const row of ledger.unreported(sim.wallOf(owner))) {
        if (sim.nowMs - row.createdMs > 300) publish(row).catch(() => undefined);
      }
    },
  };
}

export type Trader = ReturnType<typeof createTrader>;

/** Activities wrap what they throw. */
function causeOf(error: unknown): unknown {
  if (error instanceof OvermindError || error instanceof Violation) return error;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : error;
}
