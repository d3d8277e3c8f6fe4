import type { DecisionFigures } from '../../adapters/ledger/read-decision-figures.ts';
import type { BusinessFigures } from '../../adapters/ledger/read-figures.ts';
import type { Totals } from '../../adapters/ledger/read-totals.ts';
import { setTotal, type Metrics } from '../../adapters/observability/metrics.ts';
import type { HostFigures } from '../../adapters/observability/read-host.ts';
import type { Distribution } from '../../adapters/observability/repeated-histogram.ts';
import type { ExecutorMetrics } from '../../adapters/socket-rpc/executor-client.ts';
import type { Config } from '../../config/config.ts';
import type { PublishingTimes } from '../../domain/market/feed.ts';
import { toFloat } from '../../domain/shared/human-amounts.ts';
import {
  marketState,
  SYSTEM_STATES,
  systemState,
  type StateView,
  type SystemState,
} from '../../domain/control/system-state.ts';
import { fillBusiness, fillDecisions, fillLimits, fillTotals, type Quote } from './fill-ledger.ts';
import { stateViewOf, type PartStates } from './part-states.ts';

const QUANTILES = { p50Us: '0.5', p90Us: '0.9', p99Us: '0.99', p999Us: '0.999' } as const;

/** What was asked for the page; undefined: it did not answer in time. */
export type Collected = {
  readonly states: PartStates;
  readonly totals: Totals | undefined;
  readonly business: BusinessFigures | undefined;
  readonly decisions: DecisionFigures | undefined;
  readonly execution: ExecutorMetrics | undefined;
  readonly host: HostFigures | undefined;
  readonly wallNowMs: number;
};

/** What does not change while the process lives. */
export type Constants = { readonly risk: Config['risk']; readonly quote: Quote };

/** Writes one picture into the metrics. What a silent part last said is taken out, not repeated. */
export function fillMetrics(
  metrics: Metrics,
  collected: Collected,
  { risk, quote }: Constants,
): void {
  const { states, totals, business, decisions, execution, host, wallNowMs } = collected;
  clear(metrics);
  for (const [part, { value }] of Object.entries(states)) {
    metrics.gauges.partUp.set({ part }, value === undefined ? 0 : 1);
  }
  fillControl(metrics, states);
  fillStates(metrics, stateViewOf(states, wallNowMs));
  fillFeed(metrics, states, quote);
  fillBrain(metrics, states);
  fillLimits(metrics, risk, quote);
  if (totals) fillTotals(metrics, totals, quote);
  if (business) fillBusiness(metrics, business, quote);
  if (decisions) fillDecisions(metrics, decisions);
  if (execution) fillExecution(metrics, execution);
  if (host) fillHost(metrics, host);
}

function clear({ gauges, totals, histograms }: Metrics): void {
  for (const metric of [...Object.values(gauges), ...Object.values(totals)]) {
    metric.reset();
    metric.remove({}); // One without labels is reset to 0, which nobody has said.
  }
  for (const histogram of Object.values(histograms)) histogram.reset();
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

function fillFeed(
  { gauges, totals, histograms }: Metrics,
  { bus }: PartStates,
  { decimals }: Quote,
): void {
  const feed = bus.value?.feed;
  if (!feed) return;
  if (feed.results) {
    gauges.unrealised.set(toFloat(feed.results.open, decimals));
    gauges.today.set(toFloat(feed.results.today, decimals));
  }
  if (feed.publishing) histograms.publishing.set({}, inSeconds(feed.publishing));
  gauges.feedMarketTime.set(feed.marketTimeMs / 1_000);
  gauges.feedStale.set(feed.staleMarkets.length);
  gauges.legsInFlight.set(feed.legsInFlight);
  setTotal(totals.feedEvents, {}, feed.events);
  setTotal(totals.candidates, {}, feed.candidates);
}

function fillBrain({ gauges, totals }: Metrics, { brain }: PartStates): void {
  if (!brain.value) return;
  const { chroma, memory, waiting, dropped } = brain.value;
  gauges.chromaOk.set(chroma === 'ok' ? 1 : 0);
  gauges.unwritten.set(waiting);
  setTotal(totals.droppedStates, {}, dropped);
  for (const [market, size] of Object.entries(memory)) gauges.memory.set({ market }, size);
}

function fillExecution(metrics: Metrics, { stages, counters }: ExecutorMetrics): void {
  const { gauges, totals, histograms } = metrics;
  for (const [part, times] of Object.entries(stages)) {
    histograms.path.set({ part }, inSeconds(times));
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

function inSeconds({ count, sumUs, buckets }: PublishingTimes): Distribution {
  return {
    count,
    sum: sumUs / 1_000_000,
    buckets: buckets.map(([leUs, below]) => [leUs / 1_000_000, below]),
  };
}

function fillHost({ gauges, totals }: Metrics, host: HostFigures): void {
  gauges.cores.set(host.cores);
  gauges.memoryTotal.set(host.memory.totalBytes);
  gauges.memoryAvailable.set(host.memory.availableBytes);
  gauges.diskTotal.set(host.disk.totalBytes);
  gauges.diskAvailable.set(host.disk.availableBytes);
  for (const [mode, seconds] of Object.entries(host.cpuSeconds)) {
    setTotal(totals.cpu, { mode }, seconds);
  }
  setTotal(totals.network, { direction: 'in' }, host.network.receivedBytes);
  setTotal(totals.network, { direction: 'out' }, host.network.sentBytes);
}
