import { createAbandonActivities } from '../../activities/abandon.ts';
import { createApprovalActivities } from '../../activities/approval.ts';
import { createLearningActivities, type LearningDeps } from '../../activities/learning.ts';
import { createMarketClockActivities } from '../../activities/market-clock.ts';
import { createOpinionActivities } from '../../activities/opinion.ts';
import type { SettlePermits } from '../../activities/settle-permits.ts';
import { createSettlementActivities } from '../../activities/settlement.ts';
import { readJson } from '../../adapters/bus/json-keys.ts';
import { CLOCK_KEY } from '../../adapters/bus/stream-names.ts';
import { createAdviceRecords } from '../../adapters/ledger/advice-records.ts';
import { createOutcomeLedger } from '../../adapters/ledger/outcome-ledger.ts';
import { createPositionReader } from '../../adapters/ledger/position-reader.ts';
import { createRiskLedger } from '../../adapters/ledger/postgres-risk-ledger.ts';
import { createFieldSeal } from '../../adapters/payloads/field-seal.ts';
import { createTradeRecords } from '../../adapters/ledger/trade-records.ts';
import { recordAbandoned } from '../../adapters/ledger/trade-rows.ts';
import { createTensorZeroFeedback } from '../../adapters/llm/tensorzero-feedback.ts';
import { readPermitKeyFile } from '../../adapters/secrets/permit-key-file.ts';
import { createPermitMac } from '../../adapters/secrets/permit-mac.ts';
import { createSocketClient } from '../../adapters/socket-rpc/client.ts';
import type { Config } from '../../config/config.ts';
import type { Brain, Opinion } from '../../domain/analysis/opinion.ts';
import type { AdviceRecords } from '../../domain/analysis/standing-veto.ts';
import type { ClockAnchor } from '../../domain/market/feed.ts';
import { encodePermit } from '../../domain/risk/permit-codec.ts';
import type { Permit } from '../../domain/risk/permit.ts';
import type { PermitBus, SealedPermit } from '../../domain/risk/risk-ledger.ts';
import { tradeWorkflowId } from '../../temporal/ids.ts';
import type { TradeActivities } from '../../workflows/trade-activities.ts';
import type { ProcessContext } from '../run-process.ts';
import { createOutcomeMirror } from './mirror-outcome.ts';
import type { Ports } from './open-ports.ts';
import { decisionSettingsOf, riskLimitsOf } from './settings.ts';

export type TradingParts = {
  readonly context: ProcessContext;
  readonly ports: Ports;
  readonly permits: PermitBus;
  readonly settlePermits: SettlePermits;
};

const CLOCK = { wallMs: Date.now, monotonicNs: process.hrtime.bigint };

/** Every activity of a trade, on this worker's ports. */
export function tradingActivities(parts: TradingParts): TradeActivities {
  const { ports, settlePermits } = parts;
  const { pool, legEnds, bus, mirror } = ports;
  return {
    ...opinionActivities(parts),
    ...approvalActivities(parts),
    ...createSettlementActivities({ settlePermits }),
    ...createLearningActivities({ outcomes: createOutcomeLedger(pool), tell: tellOf(parts) }),
    ...createMarketClockActivities({
      readAnchor: () => readJson<ClockAnchor>(bus, CLOCK_KEY),
      newestState: mirror.newestState,
      clock: CLOCK,
    }),
    ...createAbandonActivities({
      legEnds,
      recordAbandoned: (trade) => recordAbandoned(pool, trade),
    }),
  };
}

function tellOf({ context: { config, log }, ports: { pool } }: TradingParts): LearningDeps['tell'] {
  const { gateway } = config.ai;
  if (!gateway) return async () => undefined;
  return createOutcomeMirror(pool, createTensorZeroFeedback(gateway.feedbackUrl), { log });
}

function opinionActivities({ context: { config, onStop }, ports }: TradingParts) {
  const socket = createSocketClient(config.addresses.brain);
  onStop('brain socket', () => socket.close());
  const brain: Brain = {
    analyse: (candidate, timeoutMs) => socket.call<Opinion>('analyse', candidate, timeoutMs),
  };
  return createOpinionActivities({
    brain,
    pools: ports.pools,
    records: createTradeRecords(ports.pool, createFieldSeal(config.payloads.keys)),
    readVeto: vetoReader(config, ports),
    legEnds: ports.legEnds,
    positions: createPositionReader(ports.pool),
    newest: ports.mirror.newest,
    marketOf: (id) => ports.markets.get(id),
    workflowIdOf: tradeWorkflowId,
    settings: decisionSettingsOf(config),
    collarMax: config.risk.collarMax,
    clock: CLOCK,
  });
}

/** Where the overlay is not advisory (any more), what it once said of another trade holds nothing back. */
function vetoReader({ ai, payloads }: Config, { pool }: Ports): AdviceRecords['readVeto'] {
  if (ai.mode !== 'advisory') return async () => undefined;
  return createAdviceRecords(pool, createFieldSeal(payloads.keys)).readVeto;
}

function approvalActivities({ context: { config }, ports, permits }: TradingParts) {
  return createApprovalActivities({
    ledger: createRiskLedger(ports.pool),
    permits,
    legEnds: ports.legEnds,
    height: ports.height,
    marketView: ports.mirror,
    nowMs: Date.now,
    seal: sealWith(config),
    wallet: ports.wallet,
    markets: ports.markets,
    limits: riskLimitsOf(config),
    execution: config.execution,
  });
}

function sealWith({ files }: Config): (permit: Permit) => SealedPermit {
  const mac = createPermitMac(readPermitKeyFile(files.permitKey));
  return (permit) => {
    const p = encodePermit(permit);
    return { p, m: mac.sign(p) };
  };
}
