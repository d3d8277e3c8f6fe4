import { reconcileWallet } from '../../activities/reconcile-wallet.ts';
import type { SettlePermits } from '../../activities/settle-permits.ts';
import { createAdvisoryLock } from '../../adapters/ledger/advisory-lock.ts';
import { readLivePermits, readUnreported } from '../../adapters/ledger/permit-rows.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { createReconciliationLedger } from '../../adapters/ledger/reconciliation-ledger.ts';
import { recordAutomaticHalt } from '../../adapters/ledger/record-halt.ts';
import {
  listUnfinishedTrades,
  readUnfinishedTrade,
} from '../../adapters/ledger/unfinished-trades.ts';
import type { PermitBus } from '../../domain/risk/risk-ledger.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import type { Difference } from '../../domain/settlement/reconcile.ts';
import type { SettlementLedger } from '../../domain/settlement/settlement-ledger.ts';
import type { ProcessContext } from '../run-process.ts';
import { permitLine } from '../trade-line.ts';
import { startHaltWatch } from './halt-watch.ts';
import type { Ports } from './open-ports.ts';
import { startOutboxSweeper } from './outbox-sweeper.ts';
import { startReconcileWatch } from './reconcile-watch.ts';
import type { Repetition } from './repeat.ts';
import { startTradeReviver } from './revive-trades.ts';
import { tradeExtrasOf } from './settings.ts';
import { startSettlementWatch } from './settlement-watch.ts';
import type { StopClient } from './stop-client.ts';
import type { TradeClient } from './trade-client.ts';
import { settingOf } from './trade-setting.ts';

/** Any number of its own: of all trading workers, one sweeps. */
const SWEEPER_LOCK = 7_041_002;
const RECONCILE_LOCK = 7_041_003;
const REVIVE_LOCK = 7_041_004;

/** What the parts share; each is opened once, in the root. */
export type ProcessParts = {
  readonly context: ProcessContext;
  readonly ports: Ports;
  readonly chain: ChainReader;
  readonly ledger: SettlementLedger;
  readonly permits: PermitBus;
  readonly trades: TradeClient;
  readonly stops: StopClient;
};

/** All that goes round beside the workflows. Answers with what may be woken when news has come. */
export function startWatches(parts: ProcessParts, settlePermits: SettlePermits): Repetition {
  const settlements = watchSettlements(parts, settlePermits);
  sweepOutbox(parts);
  watchReconciliation(parts);
  reviveTrades(parts);
  watchHalts(parts);
  return settlements;
}

function watchSettlements(
  { context, ports, trades }: ProcessParts,
  settleAll: SettlePermits,
): Repetition {
  const { log, onStop } = context;
  const watch = startSettlementWatch({
    readLive: () => readLivePermits(ports.pool),
    settleAll,
    trades,
    legEnds: ports.legEnds,
    onFault: ports.onFault('settlement watch'),
    onSettled: ({ permitId, kind, signature, error }) =>
      log.info({ ...permitLine(permitId), end: kind, signature, error }, 'permit settled'),
  });
  onStop('settlement watch', () => watch.stop());
  return watch;
}

function sweepOutbox({ context, ports, permits }: ProcessParts): void {
  const lock = createAdvisoryLock(ports.pool, SWEEPER_LOCK);
  context.onStop('sweeper lock', () => lock.release());
  const sweeper = startOutboxSweeper({
    readUnreported: () => readUnreported(ports.pool, Date.now()),
    permits,
    wallet: ports.wallet,
    holdsLock: () => lock.holds(),
    onFault: ports.onFault('outbox sweeper'),
  });
  context.onStop('outbox sweeper', () => sweeper.stop());
}

function watchReconciliation({ context, ports, chain }: ProcessParts): void {
  const { log, onStop } = context;
  const { pool, runId } = ports;
  const lock = createAdvisoryLock(pool, RECONCILE_LOCK);
  onStop('reconciliation lock', () => lock.release());
  const ledger = createReconciliationLedger(pool);
  const watch = startReconcileWatch({
    holdsLock: () => lock.holds(),
    reconcile: () => reconcileWallet({ chain, ledger }, runId),
    record: (found) => ledger.recordReconciliation(runId, found),
    onDifference: (difference, slot) =>
      log.warn({ ...difference, ...byOf(difference), slot }, 'ledger and chain differ'),
    async halt(reason) {
      const cause = `reconcile/${runId}`;
      if (await recordAutomaticHalt(pool, { cause, reason })) log.error({ reason }, 'halted');
    },
    onFault: ports.onFault('reconciliation'),
  });
  onStop('reconciliation', () => watch.stop());
}

function watchHalts({ context, ports, stops }: ProcessParts): void {
  const watch = startHaltWatch({
    readControl: () => readControlState(ports.pool),
    stops,
    onFault: ports.onFault('halt watch'),
  });
  context.onStop('halt watch', () => watch.stop());
}

function reviveTrades({ context, ports, trades }: ProcessParts): void {
  const { pool, runId, markets } = ports;
  const lock = createAdvisoryLock(pool, REVIVE_LOCK);
  context.onStop('revival lock', () => lock.release());
  const reviver = startTradeReviver({
    holdsLock: () => lock.holds(),
    list: () => listUnfinishedTrades(pool, runId),
    read: (signalId) => readUnfinishedTrade(pool, runId, signalId),
    settingOf(id) {
      const market = markets.get(id);
      const { config } = context;
      return market && settingOf(market, config.mode, tradeExtrasOf(config));
    },
    trades,
    onRevived: (trade) => context.log.warn(trade, 'trade had lost its workflow and goes on'),
    onFault: ports.onFault('trade reviver'),
  });
  context.onStop('trade reviver', () => reviver.stop());
}

/** A log is JSON, which has no bigint. */
const byOf = (difference: Difference) =>
  difference.kind === 'balance' ? { by: String(difference.by) } : {};
