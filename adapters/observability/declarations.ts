/**
 * Every metric of the system, `overmind_<stage>_<what>_<unit>`; the last word is the unit, but
 * `_total`, which is a count. Labels hold words of a closed list, never an id. Money is shown in
 * USDC or SOL, for graphs only: the ledger's exact amounts decide. "Newest" judged by market time.
 */
export type Declarations = Readonly<
  Record<string, readonly [name: string, help: string, labels: readonly string[]]>
>;

export const GAUGES = {
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
  slippage: [
    'overmind_execution_slippage_bps',
    'How much worse fills were than their quotes, over the newest 200 landed legs; below 0 is better',
    ['quantile'],
  ],
  feedMarketTime: ['overmind_feed_market_time_seconds', 'Market time of the newest event', []],
  feedStale: ['overmind_feed_stale_markets_number', 'Markets without a recent event', []],
  legsInFlight: ['overmind_feed_legs_in_flight_number', 'Legs that slow the market clock', []],
  trades: ['overmind_trades_stage_number', 'Trades of this run by stage', ['stage']],
  exploring: ['overmind_trades_exploring_number', 'Trades of this run made to learn', []],
  permits: ['overmind_permits_status_number', 'Permits of this run by status', ['status']],
  unreported: [
    'overmind_permits_unreported_number',
    'Permits of the outbox on which the executor has not reported, expired ones included',
    [],
  ],
  unreportedAge: [
    'overmind_permits_unreported_age_seconds',
    'Age of the oldest of these; 0 where there is none',
    [],
  ],
  positions: ['overmind_positions_open_number', 'Positions held', []],
  realised: ['overmind_results_realised_usdc', 'Result of this run, net of all costs', []],
  unrealised: [
    'overmind_results_unrealised_usdc',
    'What is held at the newest prices, less all it has cost',
    [],
  ],
  today: [
    'overmind_results_today_usdc',
    'Result of the UTC market day, open positions included: what the daily loss limit is compared with',
    [],
  ],
  costs: [
    'overmind_results_costs_usdc',
    'Fees, tips and rent that this run has paid, valued when each transaction settled',
    [],
  ],
  winRatio: [
    'overmind_results_win_ratio',
    'Share of the newest 500 closed positions with a gain, exploring ones included',
    [],
  ],
  reserved: ['overmind_exposure_reserved_usdc', 'Exposure of permits that are not settled', []],
  spent: ['overmind_exposure_spent_usdc', 'Exposure of what is held', []],
  marketExposure: [
    'overmind_exposure_market_usdc',
    'Exposure reserved and held in one market',
    ['market'],
  ],
  limit: [
    'overmind_risk_limit_usdc',
    'Configured limit: exposure, notional, daily-loss or total-loss',
    ['limit'],
  ],
  riskScore: [
    'overmind_risk_score_ratio',
    'Largest actual ÷ limit over the rules, over the newest 200 permits: mean or max',
    ['stat'],
  ],
  walletSol: ['overmind_wallet_balance_sol', 'SOL of the wallet by the ledger', []],
  walletUsdc: ['overmind_wallet_balance_usdc', 'USDC of the wallet by the ledger', []],
  walletFloor: ['overmind_wallet_floor_sol', 'SOL that must be left: below it no entry', []],
  differences: [
    'overmind_reconciliation_differences_number',
    'Differences between ledger and chain at the last comparison',
    [],
  ],
  reconciliationAge: [
    'overmind_reconciliation_age_seconds',
    'Time since ledger and chain were last compared',
    [],
  ],
  memory: ['overmind_brain_memory_states_number', 'Past states that the brain knows', ['market']],
  chromaOk: ['overmind_brain_chroma_ok_flag', '1 while states reach the durable memory', []],
  unwritten: [
    'overmind_brain_unwritten_states_number',
    'What of the memory waits to be written to Postgres and Chroma',
    [],
  ],
  conviction: ['overmind_brain_conviction_ratio', 'Mean conviction of the newest 200 opinions', []],
  hitRatio: [
    'overmind_brain_hit_ratio',
    'Share of the newest 500 opinions up or down, traded or not, that the market proved right at their horizon',
    [],
  ],
  brier: [
    'overmind_brain_brier_ratio',
    'Mean squared error of the calibrated probability over the newest 500 opinions with a known outcome; 0.25 knows nothing',
    [],
  ],
  judged: [
    'overmind_brain_judged_opinions_number',
    'Opinions with a known outcome behind hit and Brier ratio',
    [],
  ],
  policyShare: [
    'overmind_brain_policy_share_ratio',
    'Share of the newest 500 decisions by who had the last word: fast policy alone, or the model that answered',
    ['policy'],
  ],
  consultations: [
    'overmind_brain_consultations_number',
    'What became of asking a model in the newest 500 decisions; an answer by its verdict, a silence by its reason',
    ['provider', 'result'],
  ],
  llmCost: [
    'overmind_brain_llm_cost_usd',
    'What models have cost in the newest 500 decisions, aborted requests at their worst case',
    [],
  ],
  cores: ['overmind_system_cores_number', 'Processors of the host', []],
  memoryTotal: ['overmind_system_memory_total_bytes', 'Memory of the host', []],
  memoryAvailable: [
    'overmind_system_memory_available_bytes',
    'Memory that programs can still get without swapping',
    [],
  ],
  diskTotal: ['overmind_system_disk_total_bytes', 'Disk on which the state is kept', []],
  diskAvailable: ['overmind_system_disk_available_bytes', 'What of it is free for us', []],
} as const satisfies Declarations;

/** Counted elsewhere since the start of that process; here they are only repeated. */
export const TOTALS = {
  executions: [
    'overmind_execution_events_total',
    'What the hot path did or met, by kind',
    ['event'],
  ],
  feedEvents: ['overmind_feed_events_total', 'Market events of this run', []],
  candidates: ['overmind_feed_candidates_total', 'Candidates of this run', []],
  decisions: [
    'overmind_brain_decisions_total',
    'Decisions of this run on candidates: declined, refused or traded',
    ['decision'],
  ],
  refusals: [
    'overmind_risk_refusals_total',
    'Breaches for which risk refused trades of this run; a trade counts under each',
    ['rule'],
  ],
  stageErrors: [
    'overmind_trades_errors_total',
    'Trades and legs of this run that ended by a fault of ours or of the chain, by stage',
    ['stage'],
  ],
  droppedStates: [
    'overmind_brain_dropped_states_total',
    'What of the memory will never reach Postgres or Chroma',
    [],
  ],
  cpu: [
    'overmind_system_cpu_seconds_total',
    'Time of all processors of the host by what they did',
    ['mode'],
  ],
  network: [
    'overmind_system_network_bytes_total',
    'Bytes over all network interfaces of the host, loopback aside',
    ['direction'],
  ],
} as const satisfies Declarations;

/** Counted here, by the process that serves the page. */
export const COUNTERS = {
  requests: ['overmind_api_requests_total', 'Requests answered', ['route', 'status']],
} as const satisfies Declarations;

/** Measured elsewhere and only repeated here. */
export const HISTOGRAMS = {
  path: [
    'overmind_execution_path_seconds',
    'Time in this part of the hot path; permitToWire is the whole of it, delivery comes before',
    ['part'],
  ],
  publishing: [
    'overmind_feed_publishing_seconds',
    'From the receipt of market events to their place on the stream, the paper pool set in between',
    [],
  ],
} as const satisfies Declarations;

/** Measured by the process that serves the page. */
export const TIMINGS = {
  requestTime: [
    'overmind_api_request_seconds',
    'From a request’s headers to the end of its answer',
    ['route'],
  ],
} as const satisfies Declarations;

export const DECLARED = { ...GAUGES, ...TOTALS, ...COUNTERS, ...HISTOGRAMS, ...TIMINGS } as const;
