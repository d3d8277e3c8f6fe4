import { describe, expect, it } from 'vitest';
import { memoryIdOf, parseMemoryId, readDayId } from '../../../domain/analysis/memory-id.ts';

describe('the id of a memory', () => {
  it('reads back as what it was made of', () => {
    const id = memoryIdOf('SOL-USDC', 1_735_689_600_000);
    expect(parseMemoryId(id)).toEqual({ market: 'SOL-USDC', marketTimeMs: 1_735_689_600_000 });
  });

  it.each([
    '',
    'SOL-USDC',
    'SOL-USDC@',
    'SOL-USDC@-1',
    'sol@1',
    "A-B@1'; drop table trades",
    'A-B@1.5',
  ])('is not %j', (text) => {
    expect(() => parseMemoryId(text)).toThrow(/memory id/);
  });
});

describe('the id of a day', () => {
  it('is its market and date', () => {
    expect(readDayId('SOL-USDC/2025-01-31')).toEqual({
      ...{ market: 'SOL-USDC', day: '2025-01-31', beginMs: Date.UTC(2025, 0, 31) },
    });
  });

  it.each(['SOL-USDC@1', 'SOL-USDC/', 'SOL-USDC/2025-02-30', 'SOL-USDC/2025-1-31', '/2025-01-31'])(
    'is not %j',
    (text) => {
      expect(readDayId(text)).toBeUndefined();
    },
  );
});
