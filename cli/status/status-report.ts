import type { PositionLine } from '../../adapters/ledger/position-list.ts';
import type { Totals } from '../../adapters/ledger/read-totals.ts';
import type { BrainStatus } from '../../adapters/socket-rpc/brain-client.ts';
import type { ExecutorStatus } from '../../adapters/socket-rpc/executor-client.ts';
import {
  marketState,
  systemState,
  type StateReport,
  type SystemState,
} from '../../domain/control/system-state.ts';
import { marketNow, type FeedState } from '../../domain/market/feed.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { isAlive } from '../../workers/dev/process-identity.ts';
import type { Answer } from '../ask.ts';
import { shownAddress, type System } from '../find-system.ts';
import type { StatusAnswers } from './sources.ts';

export type Unavailable = { readonly unavailable: string };

export type StatusReport = {
  readonly mode: string;
  readonly state: SystemState;
  readonly reasons: readonly string[];
  /** Of each market that the executor trades. */
  readonly markets: Readonly<Record<MarketId, StateReport>>;
  readonly wallet: string | null;
  readonly run:
    | Unavailable
    | {
        readonly id: string;
        readonly state: string | null;
        readonly feed: string | null;
        readonly phase: FeedState['phase'] | null;
        readonly warmedBars: number | null;
        readonly events: number | null;
        readonly candidates: number | null;
        readonly legsInFlight: number | null;
      };
  /** ISO; null where no clock is published. */
  readonly marketTime: string | null;
  readonly processes: Readonly<
    Record<string, { readonly pid: number; readonly alive: boolean; readonly ready: boolean }>
  >;
  readonly trades: Unavailable | Totals['tradesByStage'];
  readonly permits: Unavailable | Totals['permitsByStatus'];
  /** Quote base units. */
  readonly realisedPnl: string | null;
  readonly positions: Unavailable | readonly PositionLine[];
  readonly executor: Unavailable | ExecutorStatus;
  readonly brain: Unavailable | BrainStatus;
  /** Without credentials. */
  readonly addresses: Readonly<Record<string, string>>;
};

/** What was heard, in one object; a part that said nothing says why. */
export function statusReport(
  { config, runFile }: System,
  answers: StatusAnswers,
  wallNowMs: number,
): StatusReport {
  const { ledger, bus, executor, brain } = answers;
  const feed: Answer<FeedState> = feedOf(bus);
  const clock = bus.ok ? bus.value.clock : undefined;
  const marketNowMs = clock && marketNow(clock, wallNowMs);
  const control = ledger.ok ? { ok: true as const, value: ledger.value.control } : ledger;
  const row = ledger.ok ? ledger.value.run : undefined;
  const totals = ledger.ok ? ledger.value.totals : undefined;
  const processes = Object.entries(runFile?.processes ?? {});
  const view = { control, executor, feed, marketNowMs };
  const markets = executor.ok ? Object.keys(executor.value.markets) : [];
  return {
    mode: runFile?.mode ?? row?.mode ?? config.mode,
    ...systemState(view),
    markets: Object.fromEntries(markets.map((id) => [id, marketState(view, id)])),
    wallet: executor.ok ? executor.value.wallet : (row?.wallet ?? null),
    run: runOf(runFile?.run ?? row?.runId, answers, feed),
    marketTime: marketNowMs === undefined ? null : new Date(marketNowMs).toISOString(),
    processes: Object.fromEntries(
      processes.map(([name, one]) => [
        name,
        { pid: one.pid, alive: isAlive(one), ready: one.ready === true },
      ]),
    ),
    trades: ledger.ok ? (totals?.tradesByStage ?? {}) : unavailable(ledger),
    permits: ledger.ok ? (totals?.permitsByStatus ?? {}) : unavailable(ledger),
    realisedPnl: totals?.realisedPnl ?? null,
    positions: ledger.ok ? ledger.value.positions : unavailable(ledger),
    executor: executor.ok ? executor.value : unavailable(executor),
    brain: brain.ok ? brain.value : unavailable(brain),
    addresses: shownAddresses({ config, runFile }),
  };
}

/** False where no part said anything at all. */
export const isAnythingHeard = (answers: StatusAnswers): boolean =>
  Object.values(answers).some((answer: Answer<unknown>) => answer.ok);

function feedOf(bus: StatusAnswers['bus']): Answer<FeedState> {
  if (!bus.ok) return bus;
  const { feed } = bus.value;
  return feed ? { ok: true, value: feed } : { ok: false, fault: 'ingest has published none yet' };
}

function runOf(
  id: string | undefined,
  { ledger }: StatusAnswers,
  feed: Answer<FeedState>,
): StatusReport['run'] {
  if (id === undefined) return { unavailable: ledger.ok ? 'no run has begun' : ledger.fault };
  const row = ledger.ok ? ledger.value.run : undefined;
  const fed = feed.ok && feed.value.run === id ? feed.value : undefined;
  return {
    id,
    state: row?.state ?? null,
    feed: row?.feedKind ?? null,
    phase: fed?.phase ?? null,
    warmedBars: fed?.warmedBars ?? null,
    events: fed?.events ?? null,
    candidates: fed?.candidates ?? null,
    legsInFlight: fed?.legsInFlight ?? null,
  };
}

const unavailable = ({ fault }: { readonly fault: string }): Unavailable => ({
  unavailable: fault,
});

function shownAddresses({ config, runFile }: System): Readonly<Record<string, string>> {
  const { postgres, dragonfly, chroma, temporal } = config.addresses;
  const known = { ...runFile?.addresses, postgres, dragonfly, chroma };
  const shown: Record<string, string> = {};
  for (const [name, address] of Object.entries(known)) {
    if (address !== undefined) shown[name] = shownAddress(address);
  }
  return { ...shown, ...(temporal === undefined ? {} : { temporal }) };
}
