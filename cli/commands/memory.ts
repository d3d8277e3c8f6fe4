import type { Command } from 'commander';
import { createChromaMemory, type ChromaMemory } from '../../adapters/memory/chroma-memory.ts';
import { revokeInBrain } from '../../adapters/socket-rpc/revoke-memory.ts';
import { readDayId } from '../../domain/analysis/memory-id.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { ask } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import type { Environment, System } from '../find-system.ts';
import { checkMemory, describeComparison, isSame } from '../memory/check-memory.ts';
import { describeDay, showDay } from '../memory/day-patterns.ts';
import { describeMemory } from '../memory/describe-memory.ts';
import { revokeMemory, showMemory } from '../memory/memory-lineage.ts';
import { printResult } from '../output.ts';
import { parseReason } from '../stop/parse-reason.ts';
import { withLedger } from '../with-ledger.ts';

type ShowOptions = { readonly run?: string; readonly json?: boolean };
type RevokeOptions = ShowOptions & { readonly reason: string };

const BRAIN_WITHIN_MS = 2_000;

export function registerMemory(program: Command, env: Environment): void {
  const memory = program
    .command('memory')
    .description('What the brain remembers, and what became of it.');
  memory
    .command('show')
    .description(
      'One remembered state, its outcome, and the trades that it voted on; or what a day of a market had in common, and what came of it.',
    )
    .argument('<id>', 'such as SOL-USDC@1735689600000, market time in ms, or SOL-USDC/2025-01-31')
    .option('--run <id>', 'of an earlier run instead of the last')
    .option('--json', 'print the result as JSON')
    .action((id: string, { run, json }: ShowOptions) =>
      printResult(json, async () => {
        const day = readDayId(id);
        if (day) {
          const found = await withLedger(env, (pool, system) =>
            showDay(pool, chromaOf(system), { day, runId: run }),
          );
          return { json: found, text: describeDay(found) };
        }
        const found = await withLedger(env, (pool, { config }) =>
          showMemory(pool, { id, runId: run, temporalUi: config.addresses.temporalUi }),
        );
        return { json: found, text: describeMemory(found) };
      }),
    );
  memory
    .command('check')
    .description(
      'Compare what Chroma holds with the ledger, and the neighbours that an index built from each finds: exit code 0 only if they are the same.',
    )
    .option('--run <id>', 'of an earlier run instead of the last')
    .option('--json', 'print the result as JSON')
    .action(({ run, json }: ShowOptions) =>
      printResult(json, async () => {
        const markets = await withLedger(env, (pool, system) =>
          checkMemory(pool, chromaOf(system), run),
        );
        const same = markets.length > 0 && markets.every(isSame);
        const exit = same ? EXIT.ok : EXIT.failed;
        return { json: { same, markets }, text: describeComparison(markets), exit };
      }),
    );
  memory
    .command('revoke')
    .description('Take the vote from a remembered state, at once and for good.')
    .argument('<id>', 'as in show')
    .option('--run <id>', 'of an earlier run instead of the last')
    .option('--reason <text>', 'why, for the record', parseReason, 'revoked by the operator')
    .option('--json', 'print the result as JSON')
    .action((id: string, { run, reason, json }: RevokeOptions) =>
      printResult(json, async () => {
        const found = await withLedger(env, async (pool, { config }) => {
          const { temporalUi } = config.addresses;
          const revoked = await revokeMemory(pool, { id, runId: run, temporalUi, reason });
          const brain = await ask(
            () => revokeInBrain(config.addresses.brain, id, BRAIN_WITHIN_MS),
            BRAIN_WITHIN_MS,
          );
          // A brain that is down reads the record before its next answer.
          return { ...revoked, brainTold: brain.ok };
        });
        const told = found.brainTold
          ? 'The brain leaves it out from now on.'
          : 'The brain did not answer; it leaves it out from its next start on.';
        return { json: found, text: `${describeMemory(found)}\n${told}` };
      }),
    );
}

function chromaOf({ config }: System): ChromaMemory {
  const { chroma } = config.addresses;
  if (chroma !== undefined) return createChromaMemory(chroma);
  const looked = 'nothing says where Chroma is: CHROMA_URL is not set';
  throw new OvermindError('system/unreachable', { looked });
}
