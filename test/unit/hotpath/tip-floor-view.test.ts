import { describe, expect, it } from 'vitest';
import { createChainView } from '../../../hotpath/chain-view.ts';

const limits = { slotsBehindMax: 20, silenceMsMax: 2_000, blocksLeftMin: 20 };

describe('the tip floor as the hot thread sees it', () => {
  it('is unknown until it is told, and forgotten after a minute of silence', () => {
    const chain = createChainView(limits);
    expect(chain.tipFloor(0)).toBeUndefined();
    chain.apply({ kind: 'tip-floor', lamports: 12_000n }, 1_000);
    expect([chain.tipFloor(1_000), chain.tipFloor(61_000)]).toEqual([12_000n, 12_000n]);
    expect(chain.tipFloor(61_001)).toBeUndefined();
    chain.apply({ kind: 'tip-floor', lamports: 9_000n }, 62_000);
    expect(chain.tipFloor(62_000)).toBe(9_000n);
  });
});
