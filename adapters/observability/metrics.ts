import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { registerRepeatedHistogram, type RepeatedHistogram } from './repeated-histogram.ts';

/**
 * Every metric of the system, `overmind_<stage>_<what>_<unit>`. Labels hold words of a closed list,
 * never an id. Money is shown in USDC, for graphs only: the ledger's exact amounts decide.
 */
const GAUGES = {
  partUp: ['overmind_part_up_flag', '1 when this part answered at the last look', ['part']],
  halted: ['overmind_control_halted_flag', '1 while nothing may be signed', []],
  state: [
    'overmind_control_state_flag',
    '1 for the state that holds: active, suspended, reduce-only or halted; market `all` is the system',
    ['market', 'state'],
  ],
  haltEpoch: ['overmind_control_halt_epoch_number', 'Halt epoch; each stop raises it', []],
  executorEpoch: ['overmind_control_executor_epoch_number', 'Epoch of the executor', []],
  lease: ['overmind_execution_lease_seconds', 'How long the executor may still sign', []],
  headSlot: ['overmind_execution_head_slot_number', 'Newest slot that the executor knows', []],
  marketFresh: [
    'overmind_execution_market_fresh_flag',
    '1 when the executor trusts its picture of this pool',
    ['market'],
  ],
  latency: [
    'overmind_execution_latency_seconds',
    'Time in this part of the hot path, since its start',
    ['part', 'quantile'],
  ],
  latencyMax: [
    'overmind_execution_latency_max_seconds',
    'Longest time in this part of the hot path, since its start',
    ['part'],
  ],
  feedMarketTime: ['overmind_feed_market_time_seconds', 'Market time of the newest event', []],
  feedStale: ['overmind_feed_stale_markets_count', 'Markets without a recent event', []],
  legsInFlight: ['overmind_feed_legs_in_flight_count', 'Legs that slow the market clock', []],
  trades: ['overmind_trades_stage_count', 'Trades of this run by stage', ['stage']],
  exploring: ['overmind_trades_exploring_count', 'Trades of this run made to learn', []],
  permits: ['overmind_permits_status_count', 'Permits of this run by status', ['status']],
  positions: ['overmind_positions_open_count', 'Positions held', []],
  realised: ['overmind_results_realised_usdc', 'Result of this run, net of all costs', []],
  reserved: ['overmind_exposure_reserved_usdc', 'Exposure of permits that are not settled', []],
  spent: ['overmind_exposure_spent_usdc', 'Exposure of what is held', []],
  memory: ['overmind_brain_memory_states_count', 'Past states that the brain knows', ['market']],
  chromaOk: ['overmind_brain_chroma_ok_flag', '1 while states reach the durable memory', []],
} as const satisfies Declarations;

/** Counted elsewhere since the start of that process; here they are only repeated. */
const TOTALS = {
  executions: [
    'overmind_execution_events_total',
    'What the hot path did or met, by kind',
    ['event'],
  ],
  feedEvents: ['overmind_feed_events_total', 'Market events of this run', []],
  candidates: ['overmind_feed_candidates_total', 'Candidates of this run', []],
  requests: ['overmind_api_requests_total', 'Requests answered', ['route', 'status']],
} as const satisfies Declarations;

const PATH = {
  name: 'overmind_execution_path_seconds',
  help: 'Time in this part of the hot path; permitToWire is the whole of it, delivery comes before',
};

type Declarations = Readonly<
  Record<string, readonly [name: string, help: string, labels: readonly string[]]>
>;

export type Metrics = {
  readonly registry: Registry;
  readonly gauges: { readonly [Key in keyof typeof GAUGES]: Gauge };
  readonly totals: { readonly [Key in keyof typeof TOTALS]: Counter };
  /** One series a `part`. */
  readonly path: RepeatedHistogram;
};

/** Its own registry, so that two in one process do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const options = ([name, help, labels]: Declarations[string]) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    registry,
    gauges: mapOf(GAUGES, (declared) => new Gauge(options(declared))),
    totals: mapOf(TOTALS, (declared) => new Counter(options(declared))),
    path: registerRepeatedHistogram(registry, PATH),
  };
}

/** A counter that repeats what another process counted. */
export function setTotal(
  counter: Counter,
  labels: Readonly<Record<string, string>>,
  value: number,
): void {
  counter.remove(labels);
  counter.inc({ ...labels }, value);
}

function mapOf<Declared extends Declarations, Made>(
  declared: Declared,
  make: (declaration: Declarations[string]) => Made,
): { readonly [Key in keyof Declared]: Made } {
  const made = Object.entries(declared).map(([key, declaration]) => [key, make(declaration)]);
  return Object.fromEntries(made) as { readonly [Key in keyof Declared]: Made }; // Same keys.
}
