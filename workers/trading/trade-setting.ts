import type { Market } from '../../domain/market/market.ts';
import type { ApprovalSetting, OverlaySetting, TradeSetting } from '../../temporal/trade-facts.ts';

/** What not every trade has. */
export type TradeExtras = {
  readonly overlay?: OverlaySetting | undefined;
  readonly approval?: ApprovalSetting | undefined;
};

/** What a trade of this market is shown with. */
export function settingOf(
  { venue, base, quote }: Market,
  mode: TradeSetting['mode'],
  { overlay, approval }: TradeExtras = {},
): TradeSetting {
  return {
    mode,
    venue,
    base: { symbol: base.symbol, decimals: base.decimals },
    quote: { symbol: quote.symbol, decimals: quote.decimals },
    ...(overlay ? { overlay } : {}),
    ...(approval ? { approval } : {}),
  };
}
