import { Argument, type Command } from 'commander';
import { endPause, recordPause } from '../../adapters/ledger/reduce-only.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { parseReason } from '../stop/parse-reason.ts';
import { withLedger } from '../with-ledger.ts';

type PauseOptions = {
  readonly market?: string;
  readonly reason: string;
  readonly json?: boolean;
};

export function registerReduceOnly(program: Command, env: Environment): void {
  program
    .command('reduce-only')
    .description('Let no new position be opened; exits go on.')
    .addArgument(new Argument('<switch>').choices(['on', 'off']))
    .option('--market <id>', 'in this market alone')
    .option('--reason <text>', 'why', parseReason, 'paused by the operator')
    .option('--json', 'print the result as JSON')
    .action((to: 'on' | 'off', { market, reason, json }: PauseOptions) =>
      printResult(json, async () => {
        if (market !== undefined) loadMarkets([market]); // Throws for one that nobody trades.
        const scope = market ?? 'all';
        const changed = await withLedger(env, async (pool) => {
          if (to === 'off') return endPause(pool, scope);
          await recordPause(pool, scope, reason);
          return true;
        });
        return {
          json: { scope, reduceOnly: to === 'on', changed },
          text: textOf(to, scope, changed),
        };
      }),
    );
}

function textOf(to: 'on' | 'off', scope: string, changed: boolean): string {
  const where = scope === 'all' ? 'in all markets' : `in ${scope}`;
  if (to === 'on') return `Exits only ${where}, from the next approval on.`;
  return changed
    ? `Entries go on ${where}, as far as nothing else forbids them.`
    : `No operator had paused entries ${where}.`;
}
