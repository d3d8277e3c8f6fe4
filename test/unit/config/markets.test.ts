import { describe, expect, it } from 'vitest';
import { loadMarkets } from '../../../config/markets.ts';
import { cpmmAuthority } from '../../../adapters/venues/raydium-cpmm/addresses.ts';

describe('market registry', () => {
  it('lists the registered markets', () => {
    expect(loadMarkets().map(({ id }) => id)).toEqual([
      'SOL-USDC',
      'BTC-USDC',
      'ETH-USDC',
      'BONK-USDC',
      'WIF-USDC',
      'JTO-USDC',
    ]);
  });

  it("derives the venue's own addresses", () => {
    const [sol] = loadMarkets(['SOL-USDC']);
    // Raydium's live SOL-USDC pool under its 0.25 % configuration.
    expect(sol?.pool.pool).toBe('7JuwJuNU88gurFnyWeiyGKbFmExMWcmRZntn9imEzdny');
    expect(sol?.pool.ammConfig).toBe('D4FPEruKEHrG5TenZ2mpDGEfu1iUvTiqBxvpU8HLBvC2');
    expect(cpmmAuthority()).toBe('GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL');
  });

  it('makes an unregistered market paper-only, the same each time and with token order kept', () => {
    const [first, again] = loadMarkets(['PEPE-USDC', 'PEPE-USDC']);
    expect(first).toEqual(again);
    expect(first?.pool.baseIsToken0).toBe(first?.pool.mint0 === first?.base.mint);
    expect(first?.paperDepth).toBe(1_000_000_000_000n);
  });

  it.each(['', 'pepe-usdc', 'SOL', 'SOL-USDT', 'USDC-USDC', 'SOL-USDC-X'])('refuses %j', (id) => {
    expect(() => loadMarkets([id])).toThrow(/market\/unknown/);
  });
});
