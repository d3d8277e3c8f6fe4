import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import { readWalletFile } from '../../../adapters/secrets/wallet-file.ts';
import { requestTipAccounts } from '../../../adapters/senders/tip-accounts.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { Permit } from '../../../domain/risk/permit.ts';
import { decodeBase58, encodeBase58 } from '../../../domain/shared/base58.ts';
import { tokenUnits } from '../../../domain/shared/units.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { aPermit, fundAndOpenPool, makeSecrets } from '../../support/executor.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { until } from '../../support/until.ts';

const TRANSACTIONS = 320;
const MARKETS = ['SOL-USDC', 'BONK-USDC'];

type Status = { readonly err: unknown } | null;

let simnet: RunningSimnet;
beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 50 });
});
afterAll(() => simnet.stop());

/** Every market, side and route in turn, each with other amounts. */
function permitsOf(wallet: string): Permit[] {
  return Array.from({ length: TRANSACTIONS }, (_, n) => {
    const fields = aPermit(
      {
        wallet,
        market: MARKETS[n % 2] ?? '',
        side: n & 2 ? 'sell' : 'buy',
        route: n & 4 ? 'protected' : 'fast',
        amountIn: tokenUnits(1_000_000n + BigInt(n) * 7_919n),
      },
      n,
    );
    return fields as Permit; // This test stands in for the gate.
  });
}

describe('LiteSVM', () => {
  it(`takes ${TRANSACTIONS} transactions of the hot path as they are`, async () => {
    const secrets = makeSecrets();
    const { wallet } = secrets;
    for (const market of MARKETS) await fundAndOpenPool(simnet.url, wallet, market);
    const markets = loadMarkets(MARKETS);
    const templates = createTemplates({
      templates: admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets }),
      tips: tipsByRoute(await requestTipAccounts(simnet.url)),
      unitPrice: 50_000n,
    });
    const signer = createSigner(readWalletFile(join(secrets.home, 'secrets', 'wallet.json')));
    const signatures: string[] = [];
    for (const permit of permitsOf(wallet)) {
      const { value } = await callRpc<{ value: { blockhash: string } }>(
        simnet.url,
        'getLatestBlockhash',
        [{ commitment: 'processed' }],
      );
      const swap = templates.prepare(permit, decodeBase58(value.blockhash, 32) ?? new Uint8Array());
      if (!swap) throw new Error(`no template for ${permit.id}`);
      signer.sign(swap.message, swap.signature);
      // Not skipped: signature, blockhash and the run itself are judged before it is taken.
      const params = [swap.wire.toString('base64'), { encoding: 'base64', skipPreflight: false }];
      const taken = await callRpc<string>(simnet.url, 'sendTransaction', params);
      expect(taken).toBe(encodeBase58(swap.signature));
      signatures.push(taken);
    }
    expect(new Set(signatures).size).toBe(TRANSACTIONS);

    const readStatuses = async (): Promise<Status[]> => {
      const halves = [signatures.slice(0, 160), signatures.slice(160)];
      const replies = halves.map((half) =>
        callRpc<{ value: Status[] }>(simnet.url, 'getSignatureStatuses', [half]),
      );
      return (await Promise.all(replies)).flatMap(({ value }) => value);
    };
    const landed = await until('all of them on the chain', async () => {
      const statuses = await readStatuses();
      return statuses.every((status) => status !== null) ? statuses : undefined;
    });
    expect(landed.map(({ err }) => err)).toEqual(signatures.map(() => null));
  });
});
