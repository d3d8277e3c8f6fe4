import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { Market } from '../../domain/market/market.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { createRpcClient } from './rpc-client.ts';

export type PaperPrice = {
  readonly market: Pick<Market, 'base' | 'quote' | 'pool' | 'paperDepth'>;
  /** Quote per base, as the feed wrote it. */
  readonly price: string;
};

export type PaperPools = {
  /**
   * Sets all these pools to their prices in one new slot, which it answers with. Setting them again
   * changes nothing but the slot. Rejects with `chain/unreachable`, or `input/invalid` for a price
   * that no pool can show.
   */
  set(prices: readonly PaperPrice[]): Promise<number>;
};

const TIMEOUT_MS = 2_000;

/** simnet's own method: no real cluster moves a pool without a trade. */
export function createPaperPools(rpcUrl: string): PaperPools {
  const rpc = createRpcClient({ url: rpcUrl, timeoutMs: TIMEOUT_MS });
  return {
    async set(prices): Promise<number> {
      const markets = prices.map(({ market, price }) => {
        const { base, quote } = paperReserves(parseDecimal(price, 'price'), market);
        return {
          pool: market.pool,
          base: String(base),
          quote: String(quote),
          baseDecimals: market.base.decimals,
          quoteDecimals: market.quote.decimals,
        };
      });
      const answer = await rpc.call<{ readonly slot?: unknown }>('simnet_setPools', [{ markets }]);
      if (typeof answer.slot === 'number') return answer.slot;
      const message = 'no slot in the answer';
      throw new OvermindError('chain/refused', { method: 'simnet_setPools', code: 0, message });
    },
  };
}
