import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { LegEnd } from '../../domain/market/feed.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import type { LossView } from '../../domain/positions/loss-rules.ts';
import type { ExitReason } from '../../domain/positions/position.ts';
import {
  exitReasonOf,
  openPnlOf,
  raisedHigh,
  type PriceScale,
} from '../../domain/positions/watch-rules.ts';
import { parseDecimal, type Decimal } from '../../domain/shared/decimal.ts';
import type { MarketId, RunId, SignalId } from '../../domain/shared/ids.ts';
import { quoteUnits } from '../../domain/shared/units.ts';
import type { WatchedPosition, WatchRecord } from './run-ledger.ts';
import type { RunningClock } from './running-clock.ts';

/** What has just been seen of the market: the events, and the slot in which the pools show them. */
export type Sighting = {
  readonly events: readonly MarketEvent[];
  readonly poolSlot: number;
  /** Last known SOL-USDC price. */
  readonly solPrice: string;
  readonly receivedNs: bigint;
};

export type PositionWatchDeps = {
  readonly runId: RunId;
  readonly readRecord: () => Promise<WatchRecord>;
  readonly scaleOf: (market: MarketId) => PriceScale;
  readonly clock: Pick<RunningClock, 'hold' | 'release'>;
  /** A position's price has never been higher since it was opened. */
  readonly onHigh: (signalId: SignalId, price: string) => void;
  /** Whenever exits may be asked for: the loss limits go first. True: a halt is on its way. */
  readonly onValued: (view: LossView, halted: boolean) => boolean;
};

export type PositionWatch = {
  /** Prices from before trading: what a position is closed at if no event comes any more. */
  see(sighting: Sighting): void;
  /** The exits that these events ask for. Their legs hold the clock from here on. */
  watch(sighting: Sighting): readonly ExitTrigger[];
  /** The exits of a run that ends, each again only after a while. */
  close(nowMs: number, receivedNs: bigint): readonly ExitTrigger[];
  /** Reads the positions again. Resolves after a read that began later than this call. */
  reload(): Promise<void>;
  onLegEnd(end: LegEnd): void;
};

type Quote = {
  readonly text: string;
  readonly price: Decimal;
  readonly marketTimeMs: number;
  readonly poolSlot: number;
  readonly solPrice: string;
};

/** A trade that was asked to close and shows no sign of it is asked again. */
const CLOSE_AGAIN_AFTER_MS = 2_000;

const exitLegOf = (signalId: SignalId): string => `${signalId}/exit`;

/** Watches over what is open: starts exits and values positions; workflows carry exits through. */
export function createPositionWatch(deps: PositionWatchDeps): PositionWatch {
  const { runId, clock } = deps;
  const quotes = new Map<MarketId, Quote>();
  const highs = new Map<SignalId, string>();
  const closeAskedMs = new Map<SignalId, number>();
  let record: WatchRecord = { positions: [], realised: [], halted: true };
  let marketNowMs = 0;

  const take = (next: WatchRecord): void => {
    const live = new Set(next.positions.map(({ signalId }) => signalId));
    for (const { signalId } of record.positions) {
      if (live.has(signalId)) continue;
      clock.release(exitLegOf(signalId));
      highs.delete(signalId);
      closeAskedMs.delete(signalId);
    }
    for (const { signalId, status } of next.positions) {
      // Whoever began this exit: an operator, the backstop, or an earlier life of ours.
      if (status === 'exiting') clock.hold(exitLegOf(signalId));
    }
    record = next;
  };

  const raise = ({ signalId, highWater, openedAtMs }: WatchedPosition, quote: Quote): void => {
    if (quote.marketTimeMs <= openedAtMs) return;
    const { high, raised } = raisedHigh(highs.get(signalId) ?? highWater, quote.text);
    highs.set(signalId, high);
    if (raised) deps.onHigh(signalId, high);
  };

  const reasonFor = (position: WatchedPosition, quote: Quote): ExitReason | undefined => {
    if (position.runId !== runId) return 'run-ended'; // Nothing of that run comes any more.
    // What the entry was made on, or something older, says nothing about the position.
    if (quote.marketTimeMs <= position.openedAtMs) return undefined;
    const scale = deps.scaleOf(position.market);
    return exitReasonOf(position, { price: quote.price, scale, marketTimeMs: quote.marketTimeMs });
  };

  const trigger = (
    { signalId, market }: WatchedPosition,
    reason: ExitReason,
    { text, marketTimeMs, poolSlot, solPrice }: Quote,
    receivedNs: bigint,
  ): ExitTrigger => {
    clock.hold(exitLegOf(signalId));
    const price = text;
    const received = String(receivedNs);
    return {
      signalId,
      market,
      reason,
      marketTimeMs,
      price,
      solPrice,
      poolSlot,
      receivedNs: received,
    };
  };

  /** Whether exits are forbidden, now that everything is valued anew. */
  const isHalted = (): boolean => {
    const { positions, realised, halted } = record;
    let openPnl = 0n;
    for (const position of positions) {
      const quote = quotes.get(position.market);
      if (quote) openPnl += openPnlOf(position, quote.price, deps.scaleOf(position.market));
    }
    const view = { marketTimeMs: marketNowMs, realised, openPnl: quoteUnits(openPnl) };
    return deps.onValued(view, halted) || halted;
  };

  const see = ({ events, poolSlot, solPrice }: Sighting): void => {
    for (const { market, marketTimeMs, close: text } of events) {
      const price = parseDecimal(text, 'close');
      quotes.set(market, { text, price, marketTimeMs, poolSlot, solPrice });
      marketNowMs = marketTimeMs;
    }
  };

  return {
    see,
    watch(sighting) {
      see(sighting);
      const moved = new Set(sighting.events.map(({ market }) => market));
      // Before any trigger: a loss that halts us leaves no exit behind it.
      const halted = isHalted();
      const triggers: ExitTrigger[] = [];
      for (const position of record.positions) {
        const quote = quotes.get(position.market);
        if (!quote || !moved.has(position.market)) continue;
        raise(position, quote);
        // An exit under way is the workflow's; while halted only a flatten may close.
        if (position.status !== 'open' || halted) continue;
        const reason = reasonFor(position, quote);
        if (reason) triggers.push(trigger(position, reason, quote, sighting.receivedNs));
      }
      return triggers;
    },
    close(nowMs, receivedNs) {
      if (isHalted()) return [];
      return record.positions.flatMap((position) => {
        const { signalId, market, status } = position;
        const quote = quotes.get(market);
        const askedMs = closeAskedMs.get(signalId) ?? -Infinity;
        if (status !== 'open' || !quote || nowMs - askedMs < CLOSE_AGAIN_AFTER_MS) return [];
        closeAskedMs.set(signalId, nowMs);
        return [trigger(position, 'run-ended', quote, receivedNs)];
      });
    },
    reload: inTurn(async () => take(await deps.readRecord())),
    onLegEnd({ signalId, leg, end }) {
      // An exit that failed is tried again at once, so that the clock stays slow for the rest of
      // the leg's time; it is released when the position is gone.
      const isHeldOn = record.positions.some((position) => position.signalId === signalId);
      if (leg === 'entry' || end === 'landed' || !isHeldOn) clock.release(`${signalId}/${leg}`);
    },
  };
}

/** One run of `work` at a time; calls that come meanwhile share the next one. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    if (!current) {
      current = work().finally(() => (current = undefined));
      return current;
    }
    next ??= current
      .catch(() => undefined) // Its own caller hears of it.
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
  return begin;
}
