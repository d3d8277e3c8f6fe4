import { beforeEach, describe, expect, it } from 'vitest';
import type { MarketState } from '../../../../domain/market/feed.ts';
import type { StateReading } from '../../../../domain/learning/market-brain.ts';
import {
  readEarlierReadings,
  type EarlierReadings,
} from '../../../../workers/brain/earlier-readings.ts';

const FEATURES = [0.1, -2.5, 1 / 3];

function stateAt(marketTimeMs: number, change: Partial<MarketState> = {}): MarketState {
  const price = { open: '150', high: '151', low: '149', close: '150.25', volume: '1' };
  const time = { marketTimeMs, intervalMs: 60_000 };
  return {
    event: { kind: 'candle', market: 'SOL-USDC', source: 'test', ...time, ...price },
    ...{ features: FEATURES, featureVersion: 'state_v1', warmup: false },
    ...change,
  };
}

const readingOf = (strength: number): StateReading => ({
  strength,
  distanceToMemory: 1,
  thought: undefined,
});

const storedAt = (marketTimeMs: number) => ({
  market: 'SOL-USDC',
  marketTimeMs,
  featureVersion: 'state_v1',
  close: '150.25',
  features: FEATURES.map(Math.fround),
  reading: readingOf(marketTimeMs),
});

describe('readings of a former life', () => {
  let readings: EarlierReadings;

  beforeEach(async () => {
    readings = await readEarlierReadings({
      readReadings: async () => [storedAt(1), storedAt(2), storedAt(3), storedAt(4)],
    });
  });

  it('are given for the same states, however often these come', () => {
    expect(readings.take(stateAt(1))).toEqual(readingOf(1));
    expect(readings.take(stateAt(1))).toEqual(readingOf(1));
    expect(readings.take(stateAt(9))).toBeUndefined();
  });

  it.each([
    ['close', { event: { ...stateAt(2).event, close: '150.26' } }],
    ['features', { features: [0.1, -2.5, 0.334] }],
    ['number of features', { features: [0.1, -2.5] }],
    ['version', { featureVersion: 'state_v2' }],
  ])(
    'end with the first state of another %s, since all later ones have another past',
    (_, change) => {
      expect(readings.take(stateAt(1))).toBeDefined();
      expect(readings.take(stateAt(2, change))).toBeUndefined();
      expect(readings.take(stateAt(3))).toBeUndefined();
      const other = { ...stateAt(3).event, market: 'BONK-USDC' };
      expect(readings.take(stateAt(3, { event: other }))).toBeUndefined();
    },
  );

  it('come back when the memory begins anew, and so do those of this life', () => {
    readings.take(stateAt(2, { features: [9, 9, 9] }));
    readings.keep(stateAt(3), readingOf(33));
    readings.keep(stateAt(5), readingOf(5));
    readings.rewind('SOL-USDC');
    expect(readings.take(stateAt(1))).toEqual(readingOf(1));
    expect(readings.take(stateAt(3))).toEqual(readingOf(33));
    expect(readings.take(stateAt(5))).toEqual(readingOf(5));
  });
});
