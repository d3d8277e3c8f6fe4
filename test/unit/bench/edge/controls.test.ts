import { describe, expect, it } from 'vitest';
import { coinPath, mirroredEvent, shuffledPath } from '../../../../bench/edge/controls.ts';
import { eventsOf } from '../../../support/market-states.ts';

const closes = [100, 101, 99, 103, 103, 98, 104];
const movesOf = (path: readonly number[]): readonly number[] =>
  path.slice(1).map((close, at) => Math.abs(Math.log(close / path[at]!)));
const near = (values: readonly number[]) => values.map((value) => value.toFixed(9));

describe('disturbed memories', () => {
  it('lets a coin turn moves, not change their size', () => {
    const path = coinPath(closes, 3);
    expect(near(movesOf(path))).toEqual(near(movesOf(closes)));
    expect(near(path)).not.toEqual(near(closes));
    expect(coinPath(closes, 3)).toEqual(path);
  });

  it('shuffles the same moves, so that the path ends where it did', () => {
    const path = shuffledPath(closes, 3);
    expect(near(movesOf(path)).toSorted()).toEqual(near(movesOf(closes)).toSorted());
    expect(path.at(-1)).toBeCloseTo(104);
    expect(near(path)).not.toEqual(near(closes));
  });
});

describe('a mirrored candle', () => {
  it('has its high where the low was, and turns back when mirrored again', async () => {
    const [event] = await eventsOf({ kind: 'synthetic', market: 'SOL-USDC', bars: 3, seed: 1 });
    const mirrored = mirroredEvent(event!);
    expect(Number(mirrored.high)).toBeCloseTo(1 / Number(event!.low));
    expect(Number(mirrored.high)).toBeGreaterThanOrEqual(Number(mirrored.open));
    expect(Number(mirroredEvent(mirrored).close)).toBeCloseTo(Number(event!.close));
  });
});
