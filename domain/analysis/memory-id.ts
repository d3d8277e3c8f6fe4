import { OvermindError } from '../shared/errors.ts';
import type { MarketId } from '../shared/ids.ts';

/** A remembered state of a market; unique within a run. */
export type MemoryId = { readonly market: MarketId; readonly marketTimeMs: number };

export const memoryIdOf = (market: MarketId, marketTimeMs: number): string =>
  `${market}@${marketTimeMs}`;

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
