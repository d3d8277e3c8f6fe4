import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '../../../domain/market/market-event.ts';
import { momentsOf } from '../../../domain/market/moments.ts';
import { aCandle } from './candles.ts';

async function* from(events: readonly MarketEvent[]): AsyncGenerator<MarketEvent> {
  yield* events;
}

describe('moments', () => {
  it('hold all events of one market time, in order, and lose none', async () => {
    const events = [aCandle(1), aCandle(1, { market: 'WIF-USDC' }), aCandle(2), aCandle(5)];
    const moments = [];
    for await (const moment of momentsOf(from(events))) moments.push(moment);
    expect(moments.map(({ marketTimeMs }) => marketTimeMs / 60_000)).toEqual([1, 2, 5]);
    expect(moments.flatMap((moment) => moment.events)).toEqual(events);
  });

  it('are none of an empty feed', async () => {
    expect((await momentsOf(from([])).next()).done).toBe(true);
  });
});
