import { InvalidArgumentError, type Command } from 'commander';
import {
  listServiceTokens,
  recordServiceToken,
  revokeServiceToken,
  type ServiceToken,
} from '../../adapters/ledger/service-tokens.ts';
import { makeServiceToken } from '../../adapters/secrets/service-token.ts';
import { isScope, SCOPES, SERVICE_NAME, type Scope } from '../../domain/control/scopes.ts';
import { humanTime } from '../../domain/shared/human-amounts.ts';
import { EXIT } from '../exit-codes.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { table, type Column } from '../table.ts';
import { withLedger } from '../with-ledger.ts';

type CreateOptions = {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly json?: boolean;
};
type JsonOption = { readonly json?: boolean };

export function registerToken(program: Command, env: Environment): void {
  const token = program.command('token').description('Who may ask the API, and for what.');
  token
    .command('create')
    .description('Make a token; it is shown once and kept nowhere.')
    .requiredOption('--name <name>', 'the service that gets it', parseName)
    .requiredOption('--scope <scopes>', `of ${SCOPES.join(', ')}; separated by commas`, parseScopes)
    .option('--json', 'print the result as JSON')
    .action(({ name, scope, json }: CreateOptions) =>
      printResult(json, async () => {
        const { id, token: secret, hash } = makeServiceToken();
        await withLedger(env, (pool) =>
          recordServiceToken(pool, { id, name, scopes: scope, hash }),
        );
        const text = `${secret}\nIt is shown this once. ${name} may ask for: ${scope.join(', ')}.`;
        return { json: { name, id, scopes: scope, token: secret }, text };
      }),
    );
  token
    .command('list')
    .description('Every token that was made, without its secret.')
    .option('--json', 'print the result as JSON')
    .action(({ json }: JsonOption) =>
      printResult(json, async () => {
        const tokens = await withLedger(env, (pool) => listServiceTokens(pool));
        return { json: { tokens }, text: describeTokens(tokens) };
      }),
    );
  token
    .command('revoke')
    .description('Take a token back: the API refuses it within two seconds.')
    .argument('<name>', 'the service that has it', parseName)
    .option('--json', 'print the result as JSON')
    .action((name: string, { json }: JsonOption) =>
      printResult(json, async () => {
        const revoked = await withLedger(env, (pool) => revokeServiceToken(pool, name));
        const text = revoked ? `The token of ${name} is revoked.` : `${name} has no token in use.`;
        return { json: { name, revoked }, text, exit: revoked ? EXIT.ok : EXIT.failed };
      }),
    );
}

function parseName(text: string): string {
  if (SERVICE_NAME.test(text)) return text;
  throw new InvalidArgumentError('Wants lower-case letters, digits and dashes, 31 at most.');
}

function parseScopes(text: string): readonly Scope[] {
  const words = [...new Set(text.split(',').map((word) => word.trim()))];
  const scopes = words.filter(isScope);
  if (scopes.length === words.length) return scopes;
  throw new InvalidArgumentError(`Wants some of ${SCOPES.join(', ')}, separated by commas.`);
}

function describeTokens(tokens: readonly ServiceToken[]): string {
  if (tokens.length === 0) return 'No token was made yet.';
  const columns: readonly Column<ServiceToken>[] = [
    { title: 'name', of: ({ name }) => name },
    { title: 'id', of: ({ id }) => id },
    { title: 'scopes', of: ({ scopes }) => scopes.join(', ') },
    { title: 'made', of: ({ createdAtMs }) => humanTime(createdAtMs) },
    {
      title: 'revoked',
      of: ({ revokedAtMs }) => (revokedAtMs === null ? '–' : humanTime(revokedAtMs)),
    },
  ];
  return table(tokens, columns);
}
