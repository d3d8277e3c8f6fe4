import { describe, expect, it } from 'vitest';
import { memoryIdOf, parseMemoryId } from '../../../domain/analysis/memory-id.ts';

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
