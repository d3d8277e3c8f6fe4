import type { Command } from 'commander';
import { OvermindError } from '../../domain/shared/errors.ts';
import { queryLink, savedQueries } from '../../temporal/web-ui.ts';
import { findSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { facts } from '../table.ts';

export function registerLinks(program: Command, env: Environment): void {
  program
    .command('links')
    .description(
      'Addresses of what can be looked at in a browser, and lists of trades in the Web UI.',
    )
    .option('--json', 'print the result as JSON')
    .action(({ json }: { readonly json?: boolean }) =>
      printResult(json, async () => {
        const { config, runFile } = findSystem(env);
        const { temporalUi } = config.addresses;
        const api = runFile?.addresses['api'];
        if (temporalUi === undefined) {
          const looked =
            'nothing says where the Web UI is: no system runs here, and OVERMIND_TEMPORAL_UI_URL is not set';
          throw new OvermindError('system/unreachable', { looked });
        }
        const lists = savedQueries(new Date()).map(
          ([name, query]) => [name, queryLink(temporalUi, query)] as const,
        );
        const pages = [['web ui', temporalUi] as const, ['api', api ?? ''] as const];
        return {
          json: { webUi: temporalUi, api, lists: Object.fromEntries(lists) },
          text: facts([...pages, ...lists]),
        };
      }),
    );
}
