import type { Command } from 'commander';
import { registerAnswer } from '../approval/answer-trade.ts';
import type { Environment } from '../find-system.ts';

export function registerApprove(program: Command, env: Environment): void {
  registerAnswer(program, env, {
    name: 'approve',
    description: 'Say yes to an entry that waits for a person.',
    answer: 'approved',
    reason: 'approved by the operator',
    follows: 'It is decided again at the price of now; overmind trade shows what came of it.',
  });
}
