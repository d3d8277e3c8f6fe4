import { describe, expect, it } from 'vitest';
import { openFeed } from '../../../../adapters/market-data/open-feed.ts';
import { forecastsOf } from '../../../../bench/edge/evaluate.ts';
import { hearOpinions, outcomesOf } from '../../../../bench/edge/opinions.ts';
import type { Recording } from '../../../../bench/edge/recording.ts';
import { createMarketTracks } from '../../../../workers/ingest/market-tracks.ts';
import { marketOf } from '../../../support/decisions.ts';
import { eventsOf } from '../../../support/market-states.ts';

const SYNTHETIC = { kind: 'synthetic', market: 'SOL-USDC', bars: 1_500, seed: 1 } as const;
const { markets, warmupEndMs } = (await openFeed({ ...SYNTHETIC, speed: 'max' })).description;
const market = marketOf('SOL-USDC');
const tracks = createMarketTracks([market], markets);
const readings = (await eventsOf(SYNTHETIC)).map((event) => tracks.take(event));
const recording: Recording = {
  ...{ name: 'synthetic', market, intervalMs: 60_000, warmupEndMs, readings, readMs: 1 },
};
const whole = hearOpinions(recording, '150');

describe('opinions of a walk', () => {
  it('are asked for where a screen fired after the warm-up, and nowhere else', () => {
    const fired = readings.flatMap(({ screen, event }, at) =>
      screen && event.marketTimeMs > warmupEndMs ? [at] : [],
    );
    expect(whole.map(({ at }) => at)).toEqual(fired);
    expect(fired.length).toBeGreaterThan(10);
  });

  it('do not know what comes after them', () => {
    const cut = { ...recording, readings: readings.slice(0, 1_000) };
    expect(hearOpinions(cut, '150')).toEqual(whole.filter(({ at }) => at < 1_000));
  });

  it('hang on the outcomes that the memory holds', () => {
    const closes = readings.map(({ event }, at) =>
      String(Number(event.close) * (1 + (at % 7) / 50)),
    );
    const other = hearOpinions(recording, '150', closes);
    expect(other.map(({ at }) => at)).toEqual(whole.map(({ at }) => at));
    expect(other.map(({ opinion }) => opinion)).not.toEqual(whole.map(({ opinion }) => opinion));
  });
});

describe('outcomes', () => {
  it('are what the close did over the horizon, and unknown at the end', () => {
    const outcomes = outcomesOf(recording);
    const close = (at: number): number => Number(readings[at]!.event.close);
    expect(outcomes[500]).toBeCloseTo((close(530) / close(500) - 1) * 10_000);
    expect(outcomes.slice(-30).every((outcome) => outcome === undefined)).toBe(true);
  });

  it('judge known states only', () => {
    const known = whole.filter(({ at, opinion }) => opinion.known && at < readings.length - 30);
    expect(forecastsOf(recording, whole)).toHaveLength(known.length);
  });
});
