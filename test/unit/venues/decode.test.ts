import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeAmmConfig,
  decodePoolState,
  decodeTokenAmount,
} from '../../../adapters/venues/raydium-cpmm/decode.ts';
import { recordedFile } from '../../support/recorded-data.ts';

const RECORDED = recordedFile('chain', 'accounts', 'raydium_cpmm', 'raydium-amm-config.bin');

function aPoolState(): Buffer {
  const data = Buffer.alloc(637);
  Buffer.from('f7ede3f5d7c3de46', 'hex').copy(data);
  data.writeUInt8(4, 329);
  for (const [value, at] of [
    [11n, 341],
    [12n, 349],
    [13n, 357],
    [14n, 365],
    [15n, 373],
    [16n, 397],
    [17n, 405],
  ] as const) {
    data.writeBigUInt64LE(value, at);
  }
  data.writeUInt8(2, 389);
  data.writeUInt8(1, 390);
  return data;
}

describe('CPMM accounts', () => {
  it('reads the fields of a pool state where the program keeps them', () => {
    expect(decodePoolState('pool', aPoolState())).toMatchObject({
      status: 4,
      protocolFees0: 11n,
      protocolFees1: 12n,
      fundFees0: 13n,
      fundFees1: 14n,
      openTime: 15n,
      creatorFeeOn: 2,
      creatorFeeEnabled: true,
      creatorFees0: 16n,
      creatorFees1: 17n,
    });
  });

  it.skipIf(RECORDED === undefined)('reads the rates of a recorded fee configuration', () => {
    const rates = decodeAmmConfig('config', readFileSync(RECORDED ?? ''));
    for (const rate of Object.values(rates)) expect(rate >= 0n && rate < 1_000_000n).toBe(true);
    expect(rates.tradeFeeRate).toBeGreaterThan(0n);
  });

  it.each([
    ['a pool state cut short', () => decodePoolState('a', aPoolState().subarray(0, 636))],
    ['another account kind', () => decodePoolState('a', Buffer.alloc(637))],
    ['a pool state as a configuration', () => decodeAmmConfig('a', aPoolState())],
    ['a token account cut short', () => decodeTokenAmount('a', Buffer.alloc(164))],
    ['an account that was closed', () => decodeTokenAmount('a', Buffer.alloc(0))],
  ])('refuses %s', (_case, read) => expect(read).toThrow(/chain\/unreadable/));
});
