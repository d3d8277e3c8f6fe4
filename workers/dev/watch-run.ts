import { readJson } from '../../adapters/bus/json-keys.ts';
import { FEED_KEY } from '../../adapters/bus/stream-names.ts';
import { queryRows } from '../../adapters/ledger/connect.ts';
import { readRunCounts } from '../../adapters/ledger/run-counts.ts';
import { listTrades } from '../../adapters/ledger/trade-list.ts';
import type { FeedState } from '../../domain/market/feed.ts';
import type { Display } from './display.ts';
import type { FrameView } from './live-frame.ts';
import type { PreparedRun } from './prepare-run.ts';
import { pause } from './servers/running-server.ts';
import type { Ports } from './start-processes.ts';
import type { Servers } from './start-servers.ts';

export type WatchRun = {
  readonly run: PreparedRun;
  readonly servers: Servers;
  readonly ports: Ports;
  readonly display: Display;
  readonly startedMs: number;
};

export type WatchedRun = {
  readonly feedEnded: Promise<{ readonly events: number }>;
  readonly stop: () => Promise<void>;
};

const EVERY_MS = 500;
const TRADES_SHOWN = 12;

/** Shows the run, twice a second, and tells when its feed is over. */
export function watchRun(watch: WatchRun): WatchedRun {
  const { display } = watch;
  let stopped = false;
  let over: (ended: { readonly events: number }) => void = () => undefined;
  const feedEnded = new Promise<{ readonly events: number }>((resolve) => (over = resolve));
  let saidFault = '';

  const turn = async (): Promise<void> => {
    try {
      const view = await readView(watch);
      if (stopped) return;
      display.show(view);
      if (view.feed?.phase === 'ended') over({ events: view.feed.events });
      saidFault = '';
    } catch (error) {
      const fault = String(error);
      if (fault !== saidFault && !stopped) display.say(`the view waits: ${fault}`);
      saidFault = fault;
    }
  };
  const loop = (async () => {
    while (!stopped) {
      await turn();
      await pause(EVERY_MS);
    }
  })();
  return {
    feedEnded,
    async stop() {
      stopped = true;
      await loop;
    },
  };
}

async function readView({ run, servers, ports, startedMs }: WatchRun): Promise<FrameView> {
  const { pool, bus, runId, markets } = run;
  const [feed, counts, trades, notice] = await Promise.all([
    readJson<FeedState>(bus, FEED_KEY),
    readRunCounts(pool, runId),
    listTrades(pool, { runId, limit: TRADES_SHOWN }),
    readNotice(run),
  ]);
  const { symbol = '', decimals = 0 } = markets[0]?.quote ?? {};
  return {
    // Of another run: not ours yet.
    feed: feed?.run === runId ? feed : undefined,
    counts,
    trades,
    quote: { symbol, decimals },
    notice,
    elapsedMs: performance.now() - startedMs,
    links: [
      ['Web UI', servers.temporal.uiUrl ?? servers.temporal.source],
      ['API', `http://127.0.0.1:${ports.api}`],
      ['metrics', `http://127.0.0.1:${ports.api}/metrics`],
    ],
  };
}

type ControlRow = {
  readonly halted: boolean;
  readonly halt_reason: string | null;
  readonly reduce_only_reason: string | null;
  readonly reduce_only: boolean;
};

async function readNotice({ pool }: PreparedRun): Promise<string | undefined> {
  const [row] = await queryRows<ControlRow>(pool, 'read control', {
    text: `select halted, halt_reason, reduce_only_reason,
      reduce_only_until_market_ms is not null as reduce_only from control`,
  });
  if (row?.halted) return `HALTED: ${row.halt_reason ?? 'no reason given'}`;
  if (row?.reduce_only) return `reduce-only: ${row.reduce_only_reason ?? 'no reason given'}`;
  return undefined;
}
