import type { Command } from 'commander';
import { recordAudit } from '../../adapters/ledger/audit.ts';
import { addOperator } from '../../adapters/secrets/operator-files.ts';
import { operatorKeyFile, operatorsFolder } from '../../config/operators.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { findSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { withLedger } from '../with-ledger.ts';

type AddOptions = { readonly keyFile?: string; readonly json?: boolean };

export function registerOperator(program: Command, env: Environment): void {
  program
    .command('operator')
    .description('Those who may let a halted system go on; it takes two of them.')
    .command('add')
    .argument('<name>', 'lower-case letters, digits and dashes')
    .description('Make a key pair: the private key is for this operator alone.')
    .option('--key-file <path>', "the operator's own file; it must not exist yet")
    .option('--json', 'print the result as JSON')
    .action((name: string, { keyFile: path, json }: AddOptions) =>
      printResult(json, async () => {
        const { config } = findSystem(env);
        const keyFile = path ?? operatorKeyFile(config, name);
        const publicKey = addOperator({ name, folder: operatorsFolder(config), keyFile });
        const audited = await recordAdded(env, name, publicKey);
        const text = `${name} may resume together with another operator.\nTheir private key is in ${keyFile}, mode 600: only they may read it.${audited ? '' : NOT_AUDITED}`;
        return { json: { operator: name, publicKey, keyFile, audited }, text };
      }),
    );
}

const NOT_AUDITED = '\nThis is not in the audit: no ledger answers.';

/** An operator can be made before there is any system. */
async function recordAdded(
  env: Environment,
  operator: string,
  publicKey: string,
): Promise<boolean> {
  try {
    await withLedger(env, (pool) => recordAudit(pool, 'operator added', { operator, publicKey }));
    return true;
  } catch (error) {
    if (error instanceof OvermindError) return false;
    throw error;
  }
}
