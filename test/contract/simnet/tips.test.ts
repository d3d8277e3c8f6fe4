import { Keypair, PublicKey, type Connection } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { base64, connectTo, fundedWallet, landed, rpc, signedV0, transfer } from './client.ts';

const TIP_ACCOUNT = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');
const FLOOR_PATH = '/api/v1/bundles/tip_floor';

let simnet: RunningSimnet;
let connection: Connection;
let payer: Keypair;

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 20 });
  connection = connectTo(simnet);
  payer = await fundedWallet(simnet.url);
});
afterAll(() => simnet.stop());

const floor = async () => (await fetch(`${simnet.url}${FLOOR_PATH}`)).json() as Promise<any>;
const tip = async (lamports: number): Promise<void> => {
  const wire = await signedV0(connection, payer, [
    transfer(payer, Keypair.generate().publicKey, 1_000_000),
    transfer(payer, TIP_ACCOUNT, lamports),
  ]);
  await rpc(`${simnet.url}/api/v1/bundles`, 'sendBundle', [base64(wire)], { encoding: 'base64' });
  await landed(simnet.url, encodeBase58(wire.signatures[0]!));
};

describe('the tip floor', () => {
  it('is the least a bundle must tip, while none has landed', async () => {
    const [first, ...others] = await floor();
    expect(others).toEqual([]);
    expect(first).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      landed_tips_25th_percentile: 1e-6,
      landed_tips_50th_percentile: 1e-6,
      landed_tips_75th_percentile: 1e-6,
      landed_tips_95th_percentile: 1e-6,
      landed_tips_99th_percentile: 1e-6,
      ema_landed_tips_50th_percentile: 1e-6,
    });
  });

  it('is what landed bundles have tipped, in SOL, and streams as they land', async () => {
    const stream = new WebSocket(`${simnet.wsUrl}/api/v1/bundles/tip_stream`);
    const heard: any[] = [];
    stream.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString())));
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(1);
    for (const lamports of [4_000, 2_000, 8_000, 6_000]) await tip(lamports);
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(5);
    const [now] = await floor();
    expect(now).toMatchObject({
      landed_tips_25th_percentile: 2e-6,
      landed_tips_50th_percentile: 4e-6,
      landed_tips_75th_percentile: 6e-6,
      landed_tips_95th_percentile: 8e-6,
    });
    expect(now.ema_landed_tips_50th_percentile).toBeGreaterThan(2e-6);
    expect(now.ema_landed_tips_50th_percentile).toBeLessThan(8e-6);
    const { time: _, ...last } = heard.at(-1)[0];
    expect(now).toMatchObject(last);
    stream.terminate();
  });

  it('is refused in a storm, and elsewhere there is nothing', async () => {
    await rpc(simnet.url, 'simnet_fault', { kind: 'limit', method: 'tip_floor', count: 1 });
    expect((await fetch(`${simnet.url}${FLOOR_PATH}`)).status).toBe(429);
    expect((await fetch(`${simnet.url}${FLOOR_PATH}`)).status).toBe(200);
    expect((await fetch(`${simnet.url}/api/v1/bundles/tip_ceiling`)).status).toBe(404);
  });
});
