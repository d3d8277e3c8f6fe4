import type { Analysis, Opinion } from '../../domain/analysis/opinion.ts';
import type { Decision, Signal } from '../../domain/decision/signal.ts';
import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import type { Outcome } from '../../domain/learning/outcome.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import type { PermitFields } from '../../domain/risk/permit.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Settlement } from '../../domain/settlement/settlement.ts';
import { permitIdOf, type Leg } from '../../domain/shared/ids.ts';
import { basisPoints } from '../../domain/shared/units.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import type { TradeSetting } from '../../temporal/trade-facts.ts';

/** What travels to and from a trade: 200 USDC for 1.36 SOL at 146.74, and back at 148.2. */
const MARKET_TIME_MS = Date.UTC(2025, 4, 4, 13, 37);
const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const WSOL = 'So11111111111111111111111111111111111111112';

export const solSetting: TradeSetting = {
  mode: 'paper',
  venue: 'raydium-cpmm',
  base: { symbol: 'SOL', decimals: 9 },
  quote: { symbol: 'USDC', decimals: 6 },
};

export function aCandidate(change: Partial<Candidate> = {}): Candidate {
  return {
    signalId: `r1-SOL-USDC-breakout-${MARKET_TIME_MS}`,
    runId: 'r1',
    market: 'SOL-USDC',
    screen: 'breakout',
    marketTimeMs: MARKET_TIME_MS,
    price: '146.74',
    solPrice: '146.74',
    featureVersion: 'state_v1',
    features: [0.1, -0.2, 0.3],
    poolSlot: 1_200,
    memoryUpToMs: MARKET_TIME_MS,
    receivedNs: '1000000000',
    ...change,
  };
}

export function anOpinion(change: Partial<Opinion> = {}): Opinion {
  return {
    direction: 'up',
    conviction: 0.82,
    score: 0.31,
    rawProbability: 0.7,
    probability: 0.61,
    calibration: { slope: 0.3, offset: 0, samples: 0 },
    averageWinBps: 90,
    averageLossBps: 60,
    typicalMoveBps: 70,
    horizonMs: 3_600_000,
    dissimilarity: 0.7,
    known: true,
    policy: 'fast',
    policyVersion: 'v1',
    memorySize: 1_800,
    neighbours: [{ id: 'n1', distance: 0.2, weight: 0.5, outcomeBps: 45 }],
    reasons: ['19 of 32 nearest states rose'],
    ...change,
  };
}

export const anAnalysis = (change: Partial<Opinion> = {}): Analysis => ({
  answered: true,
  opinion: anOpinion(change),
});

export function aSignalWire(change: Partial<Wire<Signal>> = {}): Wire<Signal> {
  return {
    signalId: aCandidate().signalId,
    runId: 'r1',
    market: 'SOL-USDC',
    leg: 'entry',
    attempt: 1,
    side: 'buy',
    amountIn: '200000000',
    quotedOut: '1360000000',
    minAmountOut: '1353200000',
    slippageMax: basisPoints(50),
    notional: '200000000',
    collarBps: 12,
    feedPrice: '146.74',
    solPrice: '146.74',
    conviction: 0.82,
    probability: 0.61,
    expectedValueBps: 14.2,
    exploring: false,
    exits: { stopLoss: basisPoints(150), takeProfit: basisPoints(300), timeExitMs: 3_600_000 },
    marketTimeMs: MARKET_TIME_MS,
    lastEventMs: MARKET_TIME_MS,
    timeToLiveMs: 2_000,
    receivedNs: '1000000000',
    ...change,
  };
}

export function anExitWire(attempt = 1, change: Partial<Wire<Signal>> = {}): Wire<Signal> {
  return aSignalWire({
    leg: 'exit',
    attempt,
    side: 'sell',
    amountIn: '1359000000',
    quotedOut: '201400000',
    minAmountOut: '200393000',
    exitReason: 'take-profit',
    ...change,
  });
}

export const aDecision = (change: Partial<Wire<Signal>> = {}): Wire<Decision> => ({
  trade: true,
  signal: aSignalWire(change),
  reasons: ['EV +14.2 bps after costs of 27 bps'],
});

export const aDecline = (...reasons: string[]): Wire<Decision> => ({ trade: false, reasons });

export function aPermitWire(signal: Wire<Signal>): Wire<PermitFields> {
  return {
    id: permitIdOf(signal.signalId, signal.leg, signal.attempt),
    leg: signal.leg,
    attempt: signal.attempt,
    wallet: '4Nd1mYw4rHk5gWnL6r5nF2pQ8bM8s1x2y3z4A5B6C7D8',
    market: signal.market,
    side: signal.side,
    mintIn: signal.side === 'buy' ? USDC : WSOL,
    mintOut: signal.side === 'buy' ? WSOL : USDC,
    amountIn: signal.amountIn,
    minAmountOut: signal.minAmountOut,
    feeMax: '50000',
    tipMax: '20000',
    route: 'fast',
    reduceOnly: signal.leg === 'exit',
    flattenOf: undefined,
    issuedAtMs: 1_760_000_000_000,
    validUntilMs: 1_760_000_002_000,
    validUntilHeight: 4_242,
    executorEpoch: 3,
    haltEpoch: 0,
  };
}

export const anApproval = (signal: Wire<Signal> = aSignalWire()): Wire<Verdict> => ({
  approved: true,
  permit: aPermitWire(signal),
  signal,
  riskScore: 0.4,
  adjustments: [],
});

export const aRefusal = (...rules: string[]): Wire<Verdict> => ({
  approved: false,
  // The rules named here are the test's own words where they need not be real ones.
  breaches: rules.map((rule) => ({ rule: rule as 'notional', limit: '500', actual: '612' })),
});

const idOf = (leg: Leg, attempt: number): string => permitIdOf(aCandidate().signalId, leg, attempt);

export const aReport = (
  leg: Leg,
  attempt = 1,
  change: Partial<ExecutionReport> = {},
): ExecutionReport => ({
  permitId: idOf(leg, attempt),
  kind: 'submitted',
  executorEpoch: 3,
  signature: `signature-${leg}-${attempt}`,
  lastValidHeight: 4_400,
  publishedNs: '1020000000',
  readNs: '1020310000',
  wireNs: '1020458000',
  reportedAtMs: 1_760_000_000_300,
  ...change,
});

export const aRefusedReport = (
  leg: Leg,
  reason: NonNullable<ExecutionReport['reason']>,
  attempt = 1,
): ExecutionReport => ({
  permitId: idOf(leg, attempt),
  kind: 'refused',
  reason,
  executorEpoch: 3,
  reportedAtMs: 1_760_000_000_300,
});

export function aLanding(leg: Leg, attempt = 1): Wire<Settlement> {
  const isEntry = leg === 'entry';
  return {
    permitId: idOf(leg, attempt),
    kind: 'landed',
    signature: `signature-${leg}-${attempt}`,
    slot: 1_205,
    fill: {
      permitId: idOf(leg, attempt),
      market: 'SOL-USDC',
      side: isEntry ? 'buy' : 'sell',
      amountIn: isEntry ? '200000000' : '1359000000',
      amountOut: isEntry ? '1359000000' : '201400000',
      fee: '8000',
      tip: '12000',
      rent: '0',
    },
    deltas: [{ asset: 'SOL', amount: '-20000' }],
  };
}

export const aFailure = (leg: Leg, attempt: number, error: string): Wire<Settlement> => ({
  permitId: idOf(leg, attempt),
  kind: 'failed',
  signature: `signature-${leg}-${attempt}`,
  slot: 1_205,
  error,
  deltas: [{ asset: 'SOL', amount: '-8000' }],
});

export const anExpiry = (leg: Leg, attempt = 1): Wire<Settlement> => ({
  permitId: idOf(leg, attempt),
  kind: 'expired',
  deltas: [],
});

export const aTrigger = (change: Partial<ExitTrigger> = {}): ExitTrigger => ({
  signalId: aCandidate().signalId,
  market: 'SOL-USDC',
  reason: 'take-profit',
  marketTimeMs: MARKET_TIME_MS + 1_200_000,
  price: '148.2',
  solPrice: '148.2',
  poolSlot: 1_230,
  receivedNs: '2000000000',
  ...change,
});

export const anOutcome = (change: Partial<Wire<Outcome>> = {}): Wire<Outcome> => ({
  signalId: aCandidate().signalId,
  market: 'SOL-USDC',
  exitReason: 'take-profit',
  realisedPnl: '1394130',
  returnBps: 69.7,
  holdMs: 1_200_000,
  exploring: false,
  ...change,
});
