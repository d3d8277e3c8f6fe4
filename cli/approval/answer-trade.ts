import { InvalidArgumentError, type Command } from 'commander';
import type { ApprovalAnswer } from '../../domain/control/approval-order.ts';
import { OPERATOR_NAME } from '../../domain/control/resume-statement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { requireSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { parseReason } from '../stop/parse-reason.ts';
import { findOneTrade } from '../trades/whole-trade.ts';
import { withLedger } from '../with-ledger.ts';

type AnswerOptions = { readonly as: string; readonly reason: string; readonly json?: boolean };

export type AnswerCommand = {
  readonly name: string;
  readonly description: string;
  readonly answer: ApprovalAnswer;
  readonly reason: string;
  /** What follows from it. */
  readonly follows: string;
};

/** `approve` and `reject` differ in their words alone. */
export function registerAnswer(program: Command, env: Environment, command: AnswerCommand): void {
  program
    .command(command.name)
    .description(command.description)
    .argument('<trade>', 'its id, or a beginning or an ending that no other trade has')
    .requiredOption('--as <name>', 'the operator who answers', parseOperator)
    .option('--reason <text>', 'why, for the record', parseReason, command.reason)
    .option('--json', 'print the result as JSON')
    .action((asked: string, { as: operator, reason, json }: AnswerOptions) =>
      printResult(json, async () => {
        const { answer } = command;
        const signalId = await answerTrade(env, asked, { answer, operator, reason });
        const text = `${signalId}: ${answer} by ${operator}. ${command.follows}`;
        return { json: { trade: signalId, answer, operator }, text };
      }),
    );
}

type Given = {
  readonly answer: ApprovalAnswer;
  readonly operator: string;
  readonly reason: string;
};

/** Throws `control/refused` with the trade's own reason. */
async function answerTrade(
  env: Environment,
  asked: string,
  { answer, ...order }: Given,
): Promise<string> {
  const { addresses, payloads } = requireSystem(env).config;
  const { temporal } = addresses;
  if (temporal === undefined) {
    throw new OvermindError('system/unreachable', { looked: 'nothing names a Temporal server' });
  }
  const trade = await withLedger(env, (pool) => findOneTrade(pool, asked));
  // Temporal's client is slow to load, and of no use for an id that is none.
  const { connectTemporal } = await import('../../temporal/connection.ts');
  const { createApprovalClient } = await import('../../workers/trading/approval-client.ts');
  const { convertingOf } = await import('../../adapters/payloads/payload-codec.ts');
  const connection = await connectTemporal(temporal, CONNECT_MS_MAX).catch((cause: unknown) => {
    const fault = `no connection to ${temporal}`;
    throw new OvermindError('temporal/unreachable', { operation: 'connect', fault }, { cause });
  });
  try {
    const approvals = createApprovalClient(connection, { converting: convertingOf(payloads) });
    const taken = await approvals.answer(trade, answer, order);
    if (!taken.ok) throw new OvermindError('control/refused', { faults: taken.why });
    return trade.signalId;
  } finally {
    void connection.close().catch(() => undefined); // The process ends with it.
  }
}

const CONNECT_MS_MAX = 2_000;

function parseOperator(name: string): string {
  if (OPERATOR_NAME.test(name)) return name;
  throw new InvalidArgumentError('Wants lower-case letters, digits and dashes, a letter first.');
}
