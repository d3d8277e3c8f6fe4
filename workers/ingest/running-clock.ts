import { marketNow, type ClockAnchor } from '../../domain/market/feed.ts';
import {
  endClock,
  holdLeg,
  isHeld,
  jumpClock,
  releaseLeg,
  setBehind,
  startClock,
  tickClock,
  waitForEvent,
  type ClockSpeed,
  type MarketClock,
} from '../../domain/market/market-clock.ts';

export type RunningClock = {
  now(): number;
  hold(leg: string): void;
  release(leg: string): void;
  end(marketMs: number): void;
  /** Until an event of this market time is due; holds of legs in flight included. */
  waitFor(marketMs: number, options: WaitOptions): Promise<void>;
  /** Until each leg in flight has ended, or has held the clock for as long as it may. */
  untilReleased(): Promise<void>;
  legsInFlight(): number;
  stop(): void;
};

export type WaitOptions = {
  /** Nothing happens before it in any market: go there at once. */
  readonly skip: boolean;
  /** How late an event may be handled, in market ms, before the clock waits for the feed. */
  readonly lateMs: number;
};

export type RunningClockOptions = {
  readonly speed: ClockSpeed;
  readonly marketMs: number;
  readonly publish: (anchor: ClockAnchor) => void;
};

/** Anchors are published at each change, and each second for whoever lost the bus meanwhile. */
const PUBLISH_EVERY_MS = 1_000;

/** The market clock on the host's wall clock. */
export function createRunningClock(options: RunningClockOptions): RunningClock {
  let clock = startClock(options.speed, options.marketMs, Date.now());
  let stopped = false;
  let wake = (): void => undefined;
  let changed = new Promise<void>((resolve) => (wake = resolve));

  const change = (next: MarketClock): void => {
    if (next === clock) return;
    const turned = next.anchor !== clock.anchor;
    clock = next;
    if (turned) options.publish(clock.anchor);
    wake();
    changed = new Promise<void>((resolve) => (wake = resolve));
  };
  const tick = (): void => change(tickClock(clock, Date.now()));

  /** Sleeps until something changes, at most `ms`; every wait looks again by itself. */
  const sleep = async (ms: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(Math.ceil(ms), PUBLISH_EVERY_MS));
    });
    await Promise.race([timeout, changed]);
    clearTimeout(timer);
    tick();
  };

  const beat = setInterval(() => {
    tick();
    options.publish(clock.anchor);
  }, PUBLISH_EVERY_MS);
  options.publish(clock.anchor);

  return {
    now: () => marketNow(clock.anchor, Date.now()),
    hold: (leg) => change(holdLeg(clock, leg, Date.now())),
    release: (leg) => change(releaseLeg(clock, leg, Date.now())),
    end: (marketMs) => change(endClock(clock, marketMs, Date.now())),

    async waitFor(marketMs, { skip, lateMs }): Promise<void> {
      const jumps = skip || options.speed === 'max';
      for (;;) {
        tick();
        const wallMs = Date.now();
        const lateByMs = marketNow(clock.anchor, wallMs) - marketMs;
        if (lateByMs < 0) change(setBehind(clock, false, wallMs));
        else if (lateByMs > lateMs) change(setBehind(clock, true, wallMs));
        const waitMs = waitForEvent(clock, marketMs, wallMs, jumps);
        if (waitMs <= 0 || stopped) break;
        await sleep(waitMs);
      }
      if (jumps && !stopped) change(jumpClock(clock, marketMs, Date.now()));
    },

    async untilReleased(): Promise<void> {
      while (!stopped && isHeld(clock, Date.now())) await sleep(PUBLISH_EVERY_MS);
    },

    legsInFlight: () => clock.legs.size,
    stop(): void {
      stopped = true;
      clearInterval(beat);
      wake();
    },
  };
}
