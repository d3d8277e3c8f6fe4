import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { createSettlementLedger } from '../../adapters/ledger/settlement-ledger.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createSigner } from '../../adapters/secrets/signer.ts';
import { readWalletFile } from '../../adapters/secrets/wallet-file.ts';
import { requestTipAccounts, senderTipAccounts } from '../../adapters/senders/tip-accounts.ts';
import { compileSwapTemplates } from '../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Signal } from '../../domain/decision/signal.ts';
import type { Permit } from '../../domain/risk/permit.ts';
import type { TrackedPermit } from '../../domain/settlement/settlement-ledger.ts';
import { decodeBase58, encodeBase58 } from '../../domain/shared/base58.ts';
import { permitIdOf, type Leg, type MarketId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { admitTemplates } from '../../hotpath/admit-template.ts';
import { createTemplates, tipsByRoute } from '../../hotpath/templates.ts';
import { join } from 'node:path';
import { fundAndOpenPool, type ExecutorSecrets } from './executor.ts';
import { anApprover, beginTrade, entryOf, reportOf } from './settling.ts';
import { anExitWire } from './trade-wires.ts';

export type ChainTradesOptions = {
  readonly pool: LedgerPool;
  readonly secrets: ExecutorSecrets;
  readonly rpcUrl: string;
  readonly markets: readonly MarketId[];
};

export type ChainTrades = Awaited<ReturnType<typeof createChainTrades>>;

/** The price that `fundAndOpenPool` sets. */
const PRICE = 100n;

/** Real approvals, and the hot path's own bytes for them, signed and sent to simnet. */
export async function createChainTrades(options: ChainTradesOptions) {
  const { pool, secrets, rpcUrl } = options;
  const { wallet } = secrets;
  const markets = loadMarkets(options.markets);
  for (const { id } of markets) await fundAndOpenPool(rpcUrl, wallet, id);
  const compiled = admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets });
  const shared = { templates: compiled, unitPrice: 50_000n };
  const jito = await requestTipAccounts(rpcUrl);
  const sender = { accounts: senderTipAccounts(), tipMin: 5_000n };
  const templates = {
    jito: createTemplates({ ...shared, tips: tipsByRoute(jito) }),
    /** Another provider's account, and a tip of the size that the market asks for. */
    sender: createTemplates({
      ...shared,
      tips: tipsByRoute(jito, sender),
      tipWanted: () => 12_345n,
    }),
  };
  const signer = createSigner(readWalletFile(join(secrets.home, 'secrets', 'wallet.json')));
  const ledger = createSettlementLedger(pool, { quoteDecimalsOf: () => 6 });
  let n = 0;

  const trackedOf = async (signalId: string, leg: Leg): Promise<TrackedPermit> => {
    const [tracked] = await ledger.readTracked([permitIdOf(signalId, leg, 1)]);
    if (!tracked) throw new Error(`no permit of ${signalId}`);
    return tracked;
  };

  const approve = async (signal: Wire<Signal>): Promise<TrackedPermit> => {
    const { blockHeight } = await callRpc<{ blockHeight: number }>(rpcUrl, 'getEpochInfo', []);
    const verdict = await anApprover(pool, markets, { wallet, height: blockHeight })(signal);
    if (!verdict.approved) throw new Error(`refused: ${JSON.stringify(verdict.breaches)}`);
    return trackedOf(signal.signalId, signal.leg);
  };

  return {
    ledger,
    trackedOf,

    /** 200 USDC into a market, approved. */
    async enter(market: MarketId): Promise<TrackedPermit> {
      const { base } = markets.find(({ id }) => id === market) ?? {};
      const candidate = await beginTrade(pool, n++, market);
      // Fee and impact at this depth leave a little more than that.
      const quotedOut = (199n * 10n ** BigInt(base?.decimals ?? 0)) / PRICE;
      const minAmountOut = (quotedOut * 9_960n) / 10_000n;
      return approve({
        ...entryOf(candidate),
        quotedOut: String(quotedOut),
        minAmountOut: String(minAmountOut),
      });
    },

    /** All that the position holds, approved. */
    exit(entry: TrackedPermit, quantity: bigint): Promise<TrackedPermit> {
      const { signalId, market, marketTimeMs } = entry.signal;
      return approve(
        anExitWire(1, {
          signalId,
          market,
          marketTimeMs: marketTimeMs + 60_000,
          amountIn: String(quantity),
          quotedOut: '198000000',
          minAmountOut: '196000000',
        }),
      );
    },

    /** The bytes that the hot path would have written; nothing is reported. */
    async send({ permit }: TrackedPermit, tipped: keyof typeof templates = 'jito') {
      const { value } = await callRpc<{
        value: { blockhash: string; lastValidBlockHeight: number };
      }>(rpcUrl, 'getLatestBlockhash', [{ commitment: 'processed' }]);
      const bytes = decodeBase58(value.blockhash, 32);
      const swap = bytes && templates[tipped].prepare(permit as Permit, bytes); // The gate made it.
      if (!swap) throw new Error(`no template for ${permit.id}`);
      signer.sign(swap.message, swap.signature);
      const params = [swap.wire.toString('base64'), { encoding: 'base64', skipPreflight: true }];
      await callRpc(rpcUrl, 'sendTransaction', params);
      const signature = encodeBase58(swap.signature);
      return { signature, lastValidHeight: value.lastValidBlockHeight };
    },

    /** As the report bridge does when the executor tells. */
    async report(
      { permit, signal }: TrackedPermit,
      sent: { readonly signature: string; readonly lastValidHeight: number },
    ): Promise<void> {
      await ledger.recordReport(reportOf(signal.signalId, permit.leg, sent));
    },
  };
}
