import { describe, expect, it } from 'vitest';
import { backstopWaitMs } from '../../../domain/positions/time-backstop.ts';

const view = { marketTimeMs: 0, rate: 1, openedAtMs: 0, timeExitMs: 600_000 };

describe('time backstop', () => {
  it('acts two market minutes after the time exit, and not before', () => {
    expect(backstopWaitMs({ ...view, marketTimeMs: 720_000 })).toBeUndefined();
    expect(backstopWaitMs({ ...view, marketTimeMs: 719_999 })).toBe(60_000);
  });

  it('waits in wall time what is left in market time, within bounds', () => {
    expect(backstopWaitMs({ ...view, marketTimeMs: 420_000 })).toBe(300_000);
    expect(backstopWaitMs({ ...view, rate: 2 })).toBe(360_000);
    expect(backstopWaitMs({ ...view, rate: 600 })).toBe(60_000);
    expect(backstopWaitMs({ ...view, rate: 0 })).toBe(600_000);
    expect(backstopWaitMs({ ...view, timeExitMs: 86_400_000 })).toBe(600_000);
  });
});
