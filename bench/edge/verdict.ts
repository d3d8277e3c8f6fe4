import { bps, intervalText } from './texts.ts';
import { figuresOf } from './trade-figures.ts';
import type { Trade } from './trade.ts';

/**
 * The first line of the report. An edge is claimed only where the lower bound of the interval of
 * the mean lies above 0; too few days for an interval are no edge.
 */
export function verdictOf(enforced: readonly Trade[], exploring: readonly Trade[]): string {
  const { count, netBps, net } = figuresOf(enforced);
  const said = `${bps(netBps)} bps a trade (95 %: ${intervalText(net)}) over ${count} trades`;
  if (net && net.low > 0) return `Edge after costs: ${said} that the gate let through.`;
  const tried = figuresOf(exploring);
  const explored =
    tried.count === 0
      ? 'there was none to explore'
      : `the ${tried.count} exploring trades that it would refuse made ` +
        `${bps(tried.netBps)} bps a trade (95 %: ${intervalText(tried.net)})`;
  const gated = count === 0 ? 'the gate let no trade through' : `the gate let through ${said}`;
  return `No edge after costs: ${gated}; ${explored}; the policy must hold.`;
}
