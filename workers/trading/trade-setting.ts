import type { Market } from '../../domain/market/market.ts';
import type { OverlaySetting, TradeSetting } from '../../temporal/trade-facts.ts';

/** What a trade of this market is shown with. */
export function settingOf(
  { venue, base, quote }: Market,
  mode: TradeSetting['mode'],
  overlay?: OverlaySetting,
): TradeSetting {
  return {
    mode,
    venue,
    base: { symbol: base.symbol, decimals: base.decimals },
    quote: { symbol: quote.symbol, decimals: quote.decimals },
    ...(overlay ? { overlay } : {}),
  };
}
