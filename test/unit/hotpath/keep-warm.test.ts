import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepWarm } from '../../../hotpath/keep-warm.ts';

describe('a warm path', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function aPath(everyMs: number, mayWork = () => true) {
    let passes = 0;
    const warm = keepWarm({ pass: () => (passes += 1), everyMs, mayWork });
    return { warm, passes: () => passes };
  }

  it('is passed through while no permit comes, and not while permits do', () => {
    const { warm, passes } = aPath(2);
    vi.advanceTimersByTime(10);
    expect(passes()).toBe(5);
    for (let n = 0; n < 5; n++) {
      warm.ran();
      vi.advanceTimersByTime(2);
    }
    expect(passes()).toBe(5);
    vi.advanceTimersByTime(2);
    expect(passes()).toBe(6);
    warm.stop();
    vi.advanceTimersByTime(10);
    expect(passes()).toBe(6);
  });

  it('rests without a lease or while halted', () => {
    let may = false;
    const { passes } = aPath(2, () => may);
    vi.advanceTimersByTime(10);
    expect(passes()).toBe(0);
    may = true;
    vi.advanceTimersByTime(2);
    expect(passes()).toBe(1);
  });

  it('is never passed through with 0', () => {
    const { passes } = aPath(0);
    vi.advanceTimersByTime(1_000);
    expect(passes()).toBe(0);
  });
});
