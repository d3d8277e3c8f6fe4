import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createPoolWatch, type PoolWatch } from '../../../adapters/chain/pool-watch.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { reserveOf0, reserveOf1 } from '../../../domain/execution/venues/raydium-cpmm.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';

const markets = loadMarkets(['SOL-USDC', 'PEPE-USDC']);
let simnet: RunningSimnet;
let watch: PoolWatch;

async function setPools(base: bigint, quote: bigint): Promise<number> {
  const entries = markets.map((market) => ({
    pool: market.pool,
    base: String(base),
    quote: String(quote),
    baseDecimals: market.base.decimals,
    quoteDecimals: market.quote.decimals,
  }));
  const params = [{ markets: entries }];
  return (await callRpc<{ slot: number }>(simnet.url, 'simnet_setPools', params)).slot;
}

const open = (wsUrl: string): PoolWatch =>
  createPoolWatch({ wsUrl, rpcUrl: simnet.url, markets, commitment: 'processed' });

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 50 });
  watch = open(simnet.wsUrl);
}, 60_000);

afterAll(async () => {
  watch?.close();
  await simnet?.stop();
});

describe('pool watch on simnet', () => {
  it('sees pools that are made after it began to watch', async () => {
    expect(watch.snapshotOf('SOL-USDC')).toBeUndefined();
    const slot = await setPools(1_000_000n, 2_000_000n);
    for (const { id, pool } of markets) {
      const seen = await watch.waitForSlot(id, slot, 5_000);
      const [base, quote] = pool.baseIsToken0 ? [reserveOf0, reserveOf1] : [reserveOf1, reserveOf0];
      expect(seen && [base(seen), quote(seen)]).toEqual([1_000_000n, 2_000_000n]);
      expect(seen?.tradeFeeRate).toBe(2_500n);
      expect(watch.isFresh(id)).toBe(true);
    }
  });

  it('never shows the reserves of two slots mixed', async () => {
    const mixed: unknown[] = [];
    const other = createPoolWatch({
      wsUrl: simnet.wsUrl,
      rpcUrl: simnet.url,
      markets,
      commitment: 'processed',
      onUpdate(market, pool) {
        if (reserveOf0(pool) !== reserveOf1(pool)) mixed.push({ market, pool });
      },
    });
    let slot = 0;
    for (let n = 1n; n <= 20n; n++) slot = await setPools(n * 1_000_000n, n * 1_000_000n);
    const last = await other.waitForSlot('SOL-USDC', slot, 5_000);
    other.close();
    expect(last && reserveOf0(last)).toBe(20_000_000n);
    expect(mixed).toEqual([]);
  });

  it('answers for a later slot in which nothing of the pool changed', async () => {
    await setPools(5_000n, 5_000n);
    const { slot } = await callRpc<{ slot: number }>(simnet.url, 'simnet_status', []);
    expect(await watch.waitForSlot('SOL-USDC', slot, 5_000)).toBeDefined();
  });

  it('does not know the future, and no market that it does not watch', async () => {
    const far = watch.headSlot() + 1_000;
    expect(await watch.waitForSlot('SOL-USDC', far, 50)).toBeUndefined();
    expect(await watch.waitForSlot('XXX-USDC', 1, 50)).toBeUndefined();
    expect(watch.isFresh('XXX-USDC')).toBe(false);
  });

  it('believes nothing after a gap until everything is read again', async () => {
    const relay = await aRelay(simnet.wsUrl);
    const links: boolean[] = [];
    const other = createPoolWatch({
      wsUrl: relay.url,
      rpcUrl: simnet.url,
      markets,
      commitment: 'processed',
      onLink: ({ connected }) => links.push(connected),
    });
    await expect.poll(() => other.isFresh('SOL-USDC'), { timeout: 5_000 }).toBe(true);
    relay.cut();
    await expect.poll(() => links.includes(false)).toBe(true);
    expect(other.snapshotOf('SOL-USDC')).toBeUndefined();
    const slot = await setPools(7_000n, 7_000n); // In the gap: no notification will tell of it.
    relay.mend();
    const seen = await other.waitForSlot('SOL-USDC', slot, 5_000);
    expect(seen && reserveOf0(seen)).toBe(7_000n);
    other.close();
    relay.close();
  });
});

/** Passes a WebSocket on, and can be cut: new connections are then refused until it is mended. */
async function aRelay(target: string) {
  const { WebSocket } = await import('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  let broken = false;
  server.on('connection', (client) => {
    if (broken) return client.terminate();
    const upstream = new WebSocket(target);
    const waiting: string[] = [];
    client.on('message', (data: Buffer) => {
      if (upstream.readyState === upstream.OPEN) upstream.send(data.toString());
      else waiting.push(data.toString());
    });
    upstream.on('open', () => waiting.forEach((text) => upstream.send(text)));
    upstream.on('message', (data: Buffer) => client.send(data.toString()));
    client.on('close', () => upstream.terminate());
    return undefined;
  });
  const cutAll = (): void => server.clients.forEach((client) => client.terminate());
  const { port } = server.address() as { port: number }; // A TCP server has one.
  return {
    url: `ws://127.0.0.1:${port}`,
    cut() {
      broken = true;
      cutAll();
    },
    mend: () => void (broken = false),
    close() {
      cutAll();
      server.close();
    },
  };
}
