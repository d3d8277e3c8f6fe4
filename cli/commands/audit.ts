import { InvalidArgumentError, type Command } from 'commander';
import { readAudit, verifyAudit } from '../../adapters/ledger/audit.ts';
import { describeAudit, describeProof } from '../audit/describe-audit.ts';
import { EXIT } from '../exit-codes.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { countBetween } from '../parse-count.ts';
import { withLedger } from '../with-ledger.ts';

const SHOWN = 20;
const SHOWN_MAX = 10_000;

type ListOptions = { readonly limit: number; readonly json?: boolean };
type VerifyOptions = { readonly expect?: string; readonly json?: boolean };

export function registerAudit(program: Command, env: Environment): void {
  const audit = program
    .command('audit')
    .description(
      'Approvals, refusals, halts, resumes, limits and keys: who did what, hash-chained.',
    );
  audit
    .command('list')
    .description('The newest entries.')
    .option('--limit <count>', 'how many', countBetween(1, SHOWN_MAX), SHOWN)
    .option('--json', 'print the result as JSON')
    .action(({ limit, json }: ListOptions) =>
      printResult(json, async () => {
        const entries = await withLedger(env, (pool) => readAudit(pool, limit));
        return { json: { entries }, text: describeAudit(entries) };
      }),
    );
  audit
    .command('verify')
    .description('Compute every hash anew: exit code 0 only if nothing was changed or taken out.')
    .option(
      '--expect <hash>',
      'a head that was noted before: it must still be in the chain',
      toHash,
    )
    .option('--json', 'print the result as JSON')
    .action(({ expect, json }: VerifyOptions) =>
      printResult(json, async () => {
        const proof = await withLedger(env, (pool) => verifyAudit(pool, expect));
        const holds = !proof.fault && proof.hasExpected !== false;
        const exit = holds ? EXIT.ok : EXIT.failed;
        return { json: { holds, ...proof }, text: describeProof(proof), exit };
      }),
    );
}

function toHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  const expected = 'expected 64 hexadecimal digits';
  throw new InvalidArgumentError(`Got ${JSON.stringify(text)}, ${expected}.`);
}
