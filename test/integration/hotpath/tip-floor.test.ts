import { Keypair, PublicKey } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChainView } from '../../../hotpath/chain-view.ts';
import { startFeeder, type Feeder } from '../../../hotpath/start-feeder.ts';
import { TIP_ACCOUNTS } from '../../../simnet/addresses.ts';
import {
  base64,
  connectTo,
  fundedWallet,
  rpc,
  signedV0,
  transfer,
} from '../../contract/simnet/client.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';

const SOON = { timeout: 20_000, interval: 50 };
const TIP_MAX = 20_000n;

let simnet: RunningSimnet;
let feeder: Feeder | undefined;
beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 20 });
});
afterAll(async () => {
  await feeder?.stop();
  await simnet.stop();
});

describe('the tip floor', () => {
  it('comes from the block engine to the hot thread, within the cap, and outlives a refusal', async () => {
    const chain = createChainView({ slotsBehindMax: 20, silenceMsMax: 2_000, blocksLeftMin: 20 });
    const faults: string[] = [];
    await rpc(simnet.url, 'simnet_fault', { kind: 'limit', method: 'tip_floor', count: 1 });
    feeder = await startFeeder({
      start: {
        rpcUrls: [simnet.url],
        wsUrl: simnet.wsUrl,
        markets: ['SOL-USDC'],
        tipFloor: {
          url: `${simnet.url}/api/v1/bundles/tip_floor`,
          percentile: '75',
          tipMax: TIP_MAX,
        },
      },
      chain,
      onFault: (fault) => faults.push(fault),
      onEnd(error) {
        throw error;
      },
    });
    const floor = () => chain.tipFloor(performance.now());
    await expect.poll(() => faults.join(), SOON).toContain('status 429');
    expect(floor()).toBeUndefined();
    await expect.poll(floor, SOON).toBe(1_000n); // Nothing has landed: the least that counts.

    const payer = await fundedWallet(simnet.url);
    const tipAccount = new PublicKey(TIP_ACCOUNTS[0] ?? '');
    const wire = await signedV0(connectTo(simnet), payer, [
      transfer(payer, Keypair.generate().publicKey, 1_000_000),
      transfer(payer, tipAccount, 7_001),
    ]);
    await rpc(`${simnet.url}/api/v1/bundles`, 'sendBundle', [base64(wire)], { encoding: 'base64' });
    await expect.poll(floor, SOON).toBe(7_001n);

    const dear = await signedV0(connectTo(simnet), payer, [transfer(payer, tipAccount, 900_000)]);
    await rpc(`${simnet.url}/api/v1/bundles`, 'sendBundle', [base64(dear)], { encoding: 'base64' });
    await expect.poll(floor, SOON).toBe(TIP_MAX);
  }, 60_000);
});
