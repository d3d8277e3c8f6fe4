import type { Command } from 'commander';
import { readStatement } from '../../adapters/ledger/statement.ts';
import { loadMarkets } from '../../config/markets.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { toMs } from '../parse-time.ts';
import { describeStatement, statementCsv } from '../statement/describe-statement.ts';
import { rowsOf, totalsOf } from '../statement/statement-rows.ts';
import { withLedger } from '../with-ledger.ts';

type StatementOptions = {
  readonly from: number;
  readonly to?: number;
  readonly run?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
};

export function registerStatement(program: Command, env: Environment): void {
  program
    .command('statement')
    .description('What was executed, at which prices and costs, and what came of it.')
    .option('--from <time>', 'settled at or after this time of the clock on the wall', toMs, 0)
    .option('--to <time>', 'settled before this time; now, unless given', toMs)
    .option('--run <id>', 'only what belongs to one run')
    .option('--csv', 'one line a leg, for other programs')
    .option('--json', 'print the result as JSON')
    .action(({ from, to = Date.now() + 1, run, csv, json }: StatementOptions) =>
      printResult(json, async () => {
        if (to <= from) {
          const got = new Date(to).toISOString();
          throw new OvermindError('input/invalid', {
            field: '--to',
            got,
            expected: 'after --from',
          });
        }
        const period = { fromMs: from, toMs: to, ...(run === undefined ? {} : { runId: run }) };
        const statement = await withLedger(env, (pool) => readStatement(pool, period));
        const markets = loadMarkets([...new Set(statement.lines.map(({ market }) => market))]);
        const rows = rowsOf(statement, new Map(markets.map((market) => [market.id, market])));
        const totals = totalsOf(rows, statement.walletChange);
        if (csv) return { json: { rows, totals }, text: statementCsv(rows) };
        const tokens = markets.flatMap(({ base, quote }) => [base, quote]);
        const symbols = new Map(tokens.map((token) => [token.mint, token]));
        return { json: { rows, totals }, text: describeStatement(rows, totals, symbols) };
      }),
    );
}
