/**
 * Streams and keys in Dragonfly. Each stream has one writer role and a bound; a reader that must
 * not miss an entry uses a consumer group, the others read by id.
 */
export const STREAMS = {
  /** ingest → brain, trading: closed candles with their features. Field `e` = JSON of MarketState. */
  market: { key: 'overmind:market', maxLength: 100_000 },
  /** ingest → trading worker. Field `c` = JSON of Candidate. Group `trading`. */
  candidates: { key: 'overmind:candidates', maxLength: 10_000 },
  /** ingest (PositionWatch) → trading worker. Field `x` = JSON of ExitTrigger. Group `trading`. */
  exits: { key: 'overmind:exits', maxLength: 10_000 },
  /** trading worker → ingest: a leg has ended. Field `l` = JSON of LegEnd. */
  legs: { key: 'overmind:legs', maxLength: 10_000 },
  /** approver → executor, one stream a wallet. Fields `p`, `m`, `t`. Ids `<outbox sequence>-0`. */
  permits: { key: 'overmind:permits', maxLength: 10_000 },
  /** executor → trading worker. Field `r` = JSON of ExecutionReport. Group `bridge`. */
  reports: { key: 'overmind:reports', maxLength: 10_000 },
  /** whoever stops → executor. Field `s` = JSON of StopOrderEntry. */
  stops: { key: 'overmind:stops', maxLength: 1_000 },
} as const;

/** Permits are sharded by wallet, so that two executors never share a stream. */
export const permitStreamOf = (wallet: string): string => `${STREAMS.permits.key}:${wallet}`;

/** JSON of FencedEntry: the executor's answer to a stop that came over the bus. */
export const fencedKeyOf = (stopId: string): string => `overmind:fenced:${stopId}`;

/** JSON of ClockAnchor; set by ingest at each change and once a second. */
export const CLOCK_KEY = 'overmind:clock';
/** JSON of FeedState; set by ingest: warming, running, stale, ended, and the counters of the run. */
export const FEED_KEY = 'overmind:feed';
/** Id of the run whose states are on the market stream; set by ingest together with an empty stream. */
export const MARKET_RUN_KEY = 'overmind:market-run';
/** Set by the supervisor to `1` when a run ends with `--exit`: PositionWatch closes what is open. */
export const RUN_ENDING_KEY = 'overmind:run-ending';
