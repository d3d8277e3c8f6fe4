import type { Command } from 'commander';
import { loadMarkets } from '../../config/markets.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { describeWholeTrade } from '../trades/describe-trade.ts';
import { readWholeTrade } from '../trades/whole-trade.ts';
import { withLedger } from '../with-ledger.ts';

export function registerTrade(program: Command, env: Environment): void {
  program
    .command('trade')
    .description('The whole life of one trade.')
    .argument('<id>', 'its id, or a beginning or an ending that no other trade has')
    .option('--json', 'print the result as JSON')
    .action((id: string, { json }: { readonly json?: boolean }) =>
      printResult(json, async () => {
        const trade = await withLedger(env, (pool, { config }) => readWholeTrade(pool, id, config));
        const [market] = loadMarkets([trade.market]);
        if (!market) throw new Error('one market was asked for');
        return { json: trade, text: describeWholeTrade(trade, market) };
      }),
    );
}
