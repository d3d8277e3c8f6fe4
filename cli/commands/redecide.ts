import { Option, type Command } from 'commander';
import { createFieldSeal } from '../../adapters/payloads/field-seal.ts';
import type { Config } from '../../config/config.ts';
import { PROMPT_VERSIONS, type PromptVersion } from '../../domain/analysis/advice-prompt.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { toMs } from '../parse-time.ts';
import { createAskAgain, type AskAgain, type OtherAdvice } from '../redecide/ask-again.ts';
import {
  describeRedecision,
  describeRedecisions,
  redecisionJson,
} from '../redecide/describe-redecisions.ts';
import { redecideOne, redecideSince, type Reading } from '../redecide/redecide-trades.ts';
import { withLedger } from '../with-ledger.ts';

type RedecideOptions = {
  readonly since?: number;
  readonly run?: string;
  readonly policy: string;
  readonly prompt?: PromptVersion;
  readonly model?: string;
  readonly json?: boolean;
};

export function registerRedecide(program: Command, env: Environment): void {
  program
    .command('redecide')
    .description('Make recorded decisions once more from what they were made of; trades nothing.')
    .argument('[trade]', 'its id, or a beginning or an ending that no other trade has')
    .option('--since <time>', 'all since this market time instead, such as 2025-05-04T13:00Z', toMs)
    .option('--run <id>', 'with --since: of an earlier run instead of the last')
    .option('--policy <version>', 'the policy that decides', FAST_POLICY.version)
    .addOption(
      new Option('--prompt <version>', 'ask the model again, in these words').choices(
        PROMPT_VERSIONS,
      ),
    )
    .option('--model <name>', 'ask this model of the first configured server again')
    .option('--json', 'print the result as JSON')
    .action((trade: string | undefined, { since, run, policy, json, ...other }: RedecideOptions) =>
      printResult(json, async () => {
        if (policy !== FAST_POLICY.version) {
          throw invalid('--policy', policy, `${FAST_POLICY.version}, which this version has`);
        }
        if (trade !== undefined && since === undefined) {
          const one = await withLedger(env, (pool, { config }) =>
            redecideOne(pool, trade, readingOf(config, other)),
          );
          return { json: redecisionJson(one), text: describeRedecision(one) };
        }
        if (trade !== undefined || since === undefined) {
          throw invalid('redecide', trade ?? 'nothing', 'one trade, or --since with a market time');
        }
        const trades = await withLedger(env, (pool, { config }) =>
          redecideSince(pool, { marketMs: since, run, ...readingOf(config, other) }),
        );
        return { json: { trades: trades.map(redecisionJson) }, text: describeRedecisions(trades) };
      }),
    );
}

const readingOf = (config: Config, other: OtherAdvice): Reading => ({
  askAgain: askAgainOf(config, other),
  seal: createFieldSeal(config.payloads.keys),
});

const askAgainOf = (config: Config, other: OtherAdvice): AskAgain | undefined =>
  other.prompt === undefined && other.model === undefined
    ? undefined
    : createAskAgain(config, other);

function invalid(field: string, got: string, expected: string): OvermindError {
  return new OvermindError('input/invalid', { field, got, expected });
}
