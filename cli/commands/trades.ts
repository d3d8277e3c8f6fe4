import type { Command } from 'commander';
import { listTrades } from '../../adapters/ledger/trade-list.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { countBetween } from '../parse-count.ts';
import { describeTrades } from '../trades/describe-trades.ts';
import { inTerminal, linkerOf } from '../web-ui-links.ts';
import { withLedger } from '../with-ledger.ts';

const SHOWN = 20;
const SHOWN_MAX = 1_000;

type TradesOptions = { readonly limit: number; readonly run?: string; readonly json?: boolean };

export function registerTrades(program: Command, env: Environment): void {
  program
    .command('trades')
    .description('The newest trades: stage, decision, risk, latency and result.')
    .option('--limit <count>', 'how many', countBetween(1, SHOWN_MAX), SHOWN)
    .option('--run <id>', 'only those of one run')
    .option('--json', 'print the result as JSON')
    .action(({ limit, run, json }: TradesOptions) =>
      printResult(json, async () => {
        const only = run === undefined ? {} : { runId: run };
        const { trades, linkOf } = await withLedger(env, async (pool, system) => ({
          trades: await listTrades(pool, { limit, ...only }),
          linkOf: linkerOf(system),
        }));
        const linked = trades.map((trade) => ({
          ...trade,
          ...(linkOf ? { webUi: linkOf(trade.workflowId) } : {}),
        }));
        return { json: { trades: linked }, text: describeTrades(trades, inTerminal(linkOf)) };
      }),
    );
}
