import { setTotal, type Metrics } from '../../adapters/observability/metrics.ts';
import type { Totals } from '../../adapters/ledger/read-totals.ts';
import type { ExecutorMetrics } from '../../adapters/socket-rpc/executor-client.ts';
import { toFloat } from '../../domain/shared/human-amounts.ts';
import {
  marketState,
  SYSTEM_STATES,
  systemState,
  type StateView,
  type SystemState,
} from '../../domain/control/system-state.ts';
import { stateViewOf, type PartStates } from './part-states.ts';

/** USDC is the quote of every market. */
const QUOTE_DECIMALS = 6;
const QUANTILES = { p50Us: '0.5', p90Us: '0.9', p99Us: '0.99', p999Us: '0.999' } as const;

export type Collected = {
  readonly states: PartStates;
  readonly totals: Totals | undefined;
  readonly execution: ExecutorMetrics | undefined;
  readonly wallNowMs: number;
};

/** Writes one picture into the metrics. What a silent part last said is taken out, not repeated. */
export function fillMetrics(metrics: Metrics, collected: Collected): void {
  const { states, totals, execution, wallNowMs } = collected;
  const { gauges, path } = metrics;
  const { requests, ...repeated } = metrics.totals;
  void requests; // Counted here, by this process: never taken out.
  path.reset();
  for (const metric of [...Object.values(gauges), ...Object.values(repeated)]) {
    metric.reset();
    metric.remove({}); // One without labels is reset to 0, which nobody has said.
  }
  for (const [part, { value }] of Object.entries(states)) {
    gauges.partUp.set({ part }, value === undefined ? 0 : 1);
  }
  fillControl(metrics, states);
  fillStates(metrics, stateViewOf(states, wallNowMs));
  fillFeed(metrics, states);
  fillBrain(metrics, states);
  if (totals) fillTotals(metrics, totals);
  if (execution) fillExecution(metrics, execution);
}

function fillControl({ gauges }: Metrics, { postgres, executor }: PartStates): void {
  const control = postgres.value?.control;
  const status = executor.value;
  if (control || status) {
    // Either store latches alone: nothing is signed while one of them says halted.
    gauges.halted.set(control?.halted || status?.halted ? 1 : 0);
    gauges.haltEpoch.set(Math.max(control?.haltEpoch ?? 0, status?.haltEpoch ?? 0));
    gauges.executorEpoch.set(status?.executorEpoch ?? control?.executorEpoch ?? 0);
  }
  if (!status) return;
  gauges.lease.set(status.leaseEndsInMs / 1_000);
  gauges.headSlot.set(status.headSlot);
  for (const [market, { fresh }] of Object.entries(status.markets)) {
    gauges.marketFresh.set({ market }, fresh ? 1 : 0);
  }
}

function fillStates({ gauges }: Metrics, view: StateView): void {
  const set = (market: string, holds: SystemState): void => {
    for (const state of SYSTEM_STATES) gauges.state.set({ market, state }, state === holds ? 1 : 0);
  };
  set('all', systemState(view).state);
  if (!view.executor.ok) return;
  for (const id of Object.keys(view.executor.value.markets)) set(id, marketState(view, id).state);
}

function fillFeed({ gauges, totals }: Metrics, { bus }: PartStates): void {
  const feed = bus.value?.feed;
  if (!feed) return;
  gauges.feedMarketTime.set(feed.marketTimeMs / 1_000);
  gauges.feedStale.set(feed.staleMarkets.length);
  gauges.legsInFlight.set(feed.legsInFlight);
  setTotal(totals.feedEvents, {}, feed.events);
  setTotal(totals.candidates, {}, feed.candidates);
}

function fillBrain({ gauges }: Metrics, { brain }: PartStates): void {
  if (!brain.value) return;
  gauges.chromaOk.set(brain.value.chroma === 'ok' ? 1 : 0);
  for (const [market, size] of Object.entries(brain.value.memory)) {
    gauges.memory.set({ market }, size);
  }
}

function fillTotals({ gauges }: Metrics, totals: Totals): void {
  for (const [stage, count] of Object.entries(totals.tradesByStage)) {
    gauges.trades.set({ stage }, count);
  }
  for (const [status, count] of Object.entries(totals.permitsByStatus)) {
    gauges.permits.set({ status }, count);
  }
  gauges.exploring.set(totals.exploring);
  gauges.positions.set(totals.openPositions);
  gauges.realised.set(toFloat(totals.realisedPnl, QUOTE_DECIMALS));
  gauges.reserved.set(toFloat(totals.exposure.reserved, QUOTE_DECIMALS));
  gauges.spent.set(toFloat(totals.exposure.spent, QUOTE_DECIMALS));
}

function fillExecution(metrics: Metrics, { stages, counters }: ExecutorMetrics): void {
  const { gauges, totals, path } = metrics;
  for (const [part, times] of Object.entries(stages)) {
    const { count, sumUs, buckets } = times;
    const inSeconds = buckets.map(([leUs, below]) => [leUs / 1_000_000, below] as const);
    path.set({ part }, { count, sum: sumUs / 1_000_000, buckets: inSeconds });
    if (times.count === 0) continue; // No sample, no quantile: 0 would look like a fast path.
    for (const [field, quantile] of Object.entries(QUANTILES)) {
      const us = times[field as keyof typeof QUANTILES]; // Keys of the constant above.
      gauges.latency.set({ part, quantile }, us / 1_000_000);
    }
    gauges.latencyMax.set({ part }, times.maxUs / 1_000_000);
  }
  for (const [event, count] of Object.entries(counters)) {
    setTotal(totals.executions, { event }, count);
  }
}
