import { marketNow, type ClockAnchor } from './feed.ts';

export type ClockSpeed = number | 'max';

/**
 * The clock of a run. Market time only rises. While a leg is in flight it runs at 1, so that a
 * decision meets the price it was made for; each leg slows it for a bounded time only.
 */
export type MarketClock = {
  readonly anchor: ClockAnchor;
  readonly speed: ClockSpeed;
  /** Leg → wall time until which it holds the clock. A leg stays here until its end is known. */
  readonly legs: ReadonlyMap<string, number>;
  /** Events are due faster than they are handled: market time waits for them. */
  readonly behind: boolean;
  readonly ended: boolean;
};

/** Longer than any leg takes; one that waits for a person or is unknown must not stop the run. */
export const HOLD_MS_MAX = 20_000;

export function startClock(speed: ClockSpeed, marketMs: number, wallMs: number): MarketClock {
  const anchor = { marketMs, wallMs, rate: 0 };
  return turn({ anchor, speed, legs: new Map(), behind: false, ended: false }, wallMs);
}

/** From its trigger on. A trigger that is repeated holds no longer than the first. */
export function holdLeg(clock: MarketClock, leg: string, wallMs: number): MarketClock {
  if (clock.legs.has(leg)) return clock;
  return turn({ ...clock, legs: new Map(clock.legs).set(leg, wallMs + HOLD_MS_MAX) }, wallMs);
}

export function releaseLeg(clock: MarketClock, leg: string, wallMs: number): MarketClock {
  if (!clock.legs.has(leg)) return clock;
  const legs = new Map(clock.legs);
  legs.delete(leg);
  return turn({ ...clock, legs }, wallMs);
}

/** Lets holds that have lasted their time end. The same clock when nothing changes. */
export function tickClock(clock: MarketClock, wallMs: number): MarketClock {
  return rateAt(clock, wallMs) === clock.anchor.rate ? clock : turn(clock, wallMs);
}

export function setBehind(clock: MarketClock, behind: boolean, wallMs: number): MarketClock {
  return clock.behind === behind ? clock : turn({ ...clock, behind }, wallMs);
}

/** Over a stretch in which nothing happens, or at speed `max`. Never backwards. */
export function jumpClock(clock: MarketClock, marketMs: number, wallMs: number): MarketClock {
  const now = marketNow(clock.anchor, wallMs);
  if (marketMs <= now) return clock;
  return { ...clock, anchor: { marketMs, wallMs, rate: rateAt(clock, wallMs) } };
}

/** At the feed's last event, for good: no leg, hold or tick moves it again. */
export function endClock(clock: MarketClock, marketMs: number, wallMs: number): MarketClock {
  const at = Math.max(marketMs, marketNow(clock.anchor, wallMs));
  return { ...clock, ended: true, anchor: { marketMs: at, wallMs, rate: 0 } };
}

/** Whether any leg holds the clock: one that has held it for as long as it may does not. */
export function isHeld({ legs }: Pick<MarketClock, 'legs'>, wallMs: number): boolean {
  for (const untilMs of legs.values()) if (wallMs < untilMs) return true;
  return false;
}

/**
 * Wall milliseconds until something is to be done about an event at `marketMs`: 0 when it is due
 * or may be jumped to, else until it is due or the next hold ends, whichever comes first.
 */
export function waitForEvent(
  clock: MarketClock,
  marketMs: number,
  wallMs: number,
  jumps: boolean = clock.speed === 'max',
): number {
  const toGo = marketMs - marketNow(clock.anchor, wallMs);
  if (toGo <= 0 || (jumps && !isHeld(clock, wallMs))) return 0;
  const dueMs = clock.anchor.rate > 0 ? toGo / clock.anchor.rate : Infinity;
  const holdEnds = [...clock.legs.values()].filter((untilMs) => untilMs > wallMs);
  return Math.min(dueMs, ...holdEnds.map((untilMs) => untilMs - wallMs));
}

function rateAt({ ended, behind, speed, legs }: MarketClock, wallMs: number): number {
  if (ended || behind) return 0;
  // `max` has no rate of its own: between two jumps its clock simply runs.
  const free = speed === 'max' ? 1 : speed;
  return isHeld({ legs }, wallMs) ? Math.min(1, free) : free;
}

/** The same market time, from here on at the rate that now holds. */
function turn(clock: MarketClock, wallMs: number): MarketClock {
  if (clock.ended) return clock;
  const marketMs = marketNow(clock.anchor, wallMs);
  return { ...clock, anchor: { marketMs, wallMs, rate: rateAt(clock, wallMs) } };
}
