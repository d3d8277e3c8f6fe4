import type { Command } from 'commander';
import { registerAnswer } from '../approval/answer-trade.ts';
import type { Environment } from '../find-system.ts';

export function registerReject(program: Command, env: Environment): void {
  registerAnswer(program, env, {
    name: 'reject',
    description: 'Say no to an entry that waits for a person.',
    answer: 'rejected',
    reason: 'rejected by the operator',
    follows: 'The trade ends as declined.',
  });
}
