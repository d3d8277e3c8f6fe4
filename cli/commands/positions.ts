import type { Command } from 'commander';
import { listPositions } from '../../adapters/ledger/position-list.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Market } from '../../domain/market/market.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { countBetween } from '../parse-count.ts';
import { describePositions } from '../positions/describe-positions.ts';
import { tradeWorkflowId } from '../../temporal/ids.ts';
import { inTerminal, linkerOf } from '../web-ui-links.ts';
import { withLedger } from '../with-ledger.ts';

const CLOSED_SHOWN = 10;
const CLOSED_MAX = 1_000;

type PositionsOptions = { readonly closed: number; readonly json?: boolean };

export function registerPositions(program: Command, env: Environment): void {
  program
    .command('positions')
    .description('What is held, and what was closed last.')
    .option('--closed <count>', 'how many closed ones', countBetween(0, CLOSED_MAX), CLOSED_SHOWN)
    .option('--json', 'print the result as JSON')
    .action(({ closed, json }: PositionsOptions) =>
      printResult(json, async () => {
        const { positions, linkOf } = await withLedger(env, async (pool, system) => ({
          positions: await listPositions(pool, closed),
          linkOf: linkerOf(system),
        }));
        const linked = positions.map((one) => ({
          ...one,
          ...(linkOf ? { webUi: linkOf(tradeWorkflowId(one.market, one.signalId)) } : {}),
        }));
        const text = describePositions(positions, marketOf, inTerminal(linkOf));
        return { json: { positions: linked }, text };
      }),
    );
}

function marketOf(id: MarketId): Market {
  const [market] = loadMarkets([id]);
  if (!market) throw new Error('one market was asked for');
  return market;
}
