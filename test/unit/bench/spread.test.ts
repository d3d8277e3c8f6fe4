import { describe, expect, it } from 'vitest';
import { medianRound, msText, spreadOf, timesText } from '../../../bench/system/spread.ts';

const upTo = (last: number): readonly number[] =>
  Array.from({ length: last }, (_, at) => last - at);

describe('a spread', () => {
  it('takes percentiles that were measured', () => {
    expect(spreadOf(upTo(100))).toEqual({ count: 100, p50: 50, p99: 99, max: 100 });
    expect(spreadOf([7])).toEqual({ count: 1, p50: 7, p99: 7, max: 7 });
  });

  it('is no number where nothing was measured, and so meets no goal', () => {
    const { p50, p99 } = spreadOf([]);
    expect([p50 <= 5, p99 <= 5]).toEqual([false, false]);
  });

  it('takes the median of the rounds, so that one bad round decides nothing', () => {
    const rounds = [upTo(100), upTo(100).map((ms) => ms * 50), upTo(100).map((ms) => ms + 1)];
    expect(medianRound(rounds)).toEqual({ count: 300, p50: 51, p99: 100, max: 5_000 });
  });

  it('is written with three digits, and as how many times the baseline takes', () => {
    const [ours, plain] = [spreadOf([1.234]), spreadOf([12.34])];
    expect(msText(ours)).toBe('1.23 / 1.23 ms');
    expect(msText(spreadOf([12_345]))).toBe('12,345 / 12,345 ms');
    expect(timesText(ours, plain)).toBe('10.0x / 10.0x');
  });
});
