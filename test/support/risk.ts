import { signalFromWire, type Signal } from '../../domain/decision/signal.ts';
import type { PermitTerms } from '../../domain/risk/approve-signal.ts';
import type { RiskLimits, RiskView } from '../../domain/risk/risk-view.ts';
import { basisPoints, lamports, quoteUnits, tokenUnits } from '../../domain/shared/units.ts';
import { SOL, USDC, WALLET } from './permits.ts';
import { aSignalWire, anExitWire } from './trade-wires.ts';

/** An entry: 200 USDC for 1.36 SOL. */
export const aSignal = (change: Partial<Signal> = {}): Signal => ({
  ...signalFromWire(aSignalWire()),
  ...change,
});

/** Its exit: 1.359 SOL for 201.4 USDC. */
export const anExit = (change: Partial<Signal> = {}): Signal => ({
  ...signalFromWire(anExitWire()),
  ...change,
});

/** What the exit sells. */
export const aHeldPosition = (change: Partial<RiskView['positions'][number]> = {}) => ({
  signalId: aSignal().signalId,
  market: 'SOL-USDC',
  quantity: tokenUnits(1_359_000_000n),
  cost: quoteUnits(200_000_000n),
  costsPaid: quoteUnits(10_000n),
  ...change,
});

/** A quiet moment: 10 SOL, 10,000 USDC, nothing open, nothing under way, all fresh. */
export const aRiskView = (change: Partial<RiskView> = {}): RiskView => ({
  executorEpoch: 3,
  haltEpoch: 0,
  halted: false,
  flattenOf: undefined,
  reduceOnlyUntilMs: undefined,
  reduceOnlyBy: undefined,
  leaseEpoch: 3,
  runState: 'running',
  backlog: 0,
  committed: quoteUnits(0n),
  committedInMarket: quoteUnits(0n),
  positions: [],
  liveEntries: [],
  livePermits: 0,
  isSameMomentTaken: false,
  lastAttempt: 0,
  hasLiveAttempt: false,
  hasLandedAttempt: false,
  realisedToday: quoteUnits(0n),
  realisedInRun: quoteUnits(0n),
  lastExitMarketMs: undefined,
  lamports: 10_000_000_000n,
  quoteBalance: quoteUnits(10_000_000_000n),
  marketNowMs: aSignal().lastEventMs,
  intervalMs: 60_000,
  isChainFresh: true,
  openPnl: quoteUnits(0n),
  ...change,
});

/** The defaults of the configuration: 500 USDC a trade, a twentieth of the equity a market. */
export const someLimits = (change: Partial<RiskLimits> = {}): RiskLimits => ({
  notionalMax: quoteUnits(500_000_000n),
  notionalMin: quoteUnits(20_000_000n),
  positionShareMax: basisPoints(500),
  exposureMax: quoteUnits(2_000_000_000n),
  openPositionsMax: 5,
  dailyLossMax: quoteUnits(300_000_000n),
  totalLossMax: quoteUnits(1_000_000_000n),
  collarMax: basisPoints(100),
  coolDownMs: 300_000,
  walletFloor: lamports(100_000_000n),
  slippageMax: basisPoints(50),
  exitSlippageMax: basisPoints(500),
  permitCostMax: lamports(70_000n),
  ...change,
});

export const someTerms = (change: Partial<PermitTerms> = {}): PermitTerms => ({
  wallet: WALLET,
  mintIn: USDC,
  mintOut: SOL,
  feeMax: lamports(50_000n),
  tipMax: lamports(20_000n),
  route: 'protected',
  issuedAtMs: 1_760_000_000_000,
  validUntilMs: 1_760_000_002_000,
  validUntilHeight: 4_242,
  ...change,
});
