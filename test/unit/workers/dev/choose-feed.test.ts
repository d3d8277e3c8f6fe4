import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseFeed } from '../../../../workers/dev/choose-feed.ts';
import { parseOptions } from '../../../../workers/dev/options.ts';

let folder: string;
const choose = (args: string, dataDir: string) =>
  chooseFeed(parseOptions(args.split(' ').filter(Boolean)), dataDir);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-feed-'));
  mkdirSync(join(folder, 'klines'));
  for (const coin of ['SOL', 'BTC', 'ETH']) {
    writeFileSync(
      join(folder, 'klines', `${coin}USDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz`),
      '',
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the feed', () => {
  it('is the recorded data where its folder is there, and says so', () => {
    const { args, why } = choose('', folder);
    expect(args).toMatchObject({ kind: 'replay', speed: 60 });
    expect(args.files).toHaveLength(3);
    expect(why).toContain(`recorded data is in ${folder}`);
  });

  it('is synthetic where there is no recorded data, and says so', () => {
    const { args, why } = choose('--bars 50', join(folder, 'nothing'));
    expect(args).toEqual({ kind: 'synthetic', bars: 50, speed: 60 });
    expect(why).toContain('no recorded data');
  });

  it('is one recording where a market is named', () => {
    expect(choose('--market ETH-USDC', folder).args.files).toEqual([
      expect.stringContaining('ETHUSDT_perp'),
    ]);
    expect(choose('--market DOGE-USDC', folder).args.kind).toBe('synthetic');
  });

  it('is what was asked for, without a reason', () => {
    expect(choose('--feed synthetic --seed 3', folder)).toEqual({
      args: { kind: 'synthetic', seed: 3, speed: 60 },
      why: undefined,
    });
    expect(choose('--file x.csv --market SOL-USDC', folder)).toMatchObject({
      args: { kind: 'replay', market: 'SOL-USDC' },
      why: undefined,
    });
  });
});
