import { OvermindError } from '../shared/errors.ts';
import type { MarketId } from '../shared/ids.ts';

/** A remembered state of a market; unique within a run. */
export type MemoryId = { readonly market: MarketId; readonly marketTimeMs: number };

export const memoryIdOf = (market: MarketId, marketTimeMs: number): string =>
  `${market}@${marketTimeMs}`;

/** A UTC day of a market, such as `SOL-USDC/2025-01-31`. */
export type DayId = { readonly market: MarketId; readonly day: string; readonly beginMs: number };

/** Throws `input/invalid` that names what an id looks like. */
export function parseMemoryId(text: string): MemoryId {
  const [, market, time] = /^([A-Z0-9]{1,20}-[A-Z0-9]{1,20})@(\d{1,15})$/.exec(text) ?? [];
  if (market !== undefined && time !== undefined) return { market, marketTimeMs: Number(time) };
  throw new OvermindError('input/invalid', {
    field: 'memory id',
    got: text.slice(0, 100),
    expected: 'market and market time in ms, such as SOL-USDC@1735689600000',
  });
}

/** Undefined for what is no day of a market. */
export function readDayId(text: string): DayId | undefined {
  const [, market, day = ''] =
    /^([A-Z0-9]{1,20}-[A-Z0-9]{1,20})\/(\d{4}-\d{2}-\d{2})$/.exec(text) ?? [];
  const beginMs = Date.parse(`${day}T00:00:00Z`);
  // A 30th of February would be read as a day of March.
  if (market === undefined || Number.isNaN(beginMs)) return undefined;
  return new Date(beginMs).toISOString().startsWith(day) ? { market, day, beginMs } : undefined;
}
