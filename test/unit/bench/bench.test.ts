import { describe, expect, it, vi } from 'vitest';
import { withStops } from '../../../bench/system/bench.ts';

describe('what a bench has started', () => {
  it('ends in reverse order, also when the bench fails and when one cannot be ended', async () => {
    const ended: string[] = [];
    const complained = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const failing = withStops(async (onStop) => {
      onStop(() => ended.push('servers'));
      onStop(() => Promise.reject(new Error('already gone')));
      onStop(() => ended.push('worker'));
      throw new Error('too slow');
    });
    await expect(failing).rejects.toThrow('too slow');
    expect(ended).toEqual(['worker', 'servers']);
    expect(complained).toHaveBeenCalledOnce();
    complained.mockRestore();
  });

  it('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT');
    expect(await withStops(async () => process.listenerCount('SIGINT'))).toBe(before + 1);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
