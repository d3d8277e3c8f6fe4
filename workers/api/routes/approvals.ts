import { z } from 'zod';
import type { TradeLine } from '../../../adapters/ledger/trade-list.ts';
import type { ApprovalAnswer } from '../../../domain/control/approval-order.ts';
import type { ApprovalClient } from '../../trading/approval-client.ts';
import { jsonAnswer, problem } from '../problem.ts';
import { post, type PostRoute, type Routes } from '../serve.ts';
import { operator, reason, tradeId } from './fields.ts';

const request = z.strictObject({ trade: tradeId, operator, reason });
const answers = z.strictObject({
  trade: z.string(),
  answer: z.enum(['approved', 'rejected']),
  operator: z.string(),
});

export type ApprovalDeps = {
  /** Throws `trade/unknown`. */
  readonly findTrade: (asked: string) => Promise<TradeLine>;
  readonly answer: ApprovalClient['answer'];
  readonly onOrdered: (order: string, caller: string, facts: object) => void;
};

export function approvalRoutes(deps: ApprovalDeps): Routes {
  return {
    '/control/approve': answerRoute(deps, 'approved'),
    '/control/reject': answerRoute(deps, 'rejected'),
  };
}

function answerRoute(deps: ApprovalDeps, answer: ApprovalAnswer): PostRoute {
  const word = answer === 'approved' ? 'approve' : 'reject';
  return post({
    scopes: ['control', 'approve'],
    summary:
      answer === 'approved'
        ? 'Say yes to an entry that waits: it is decided again at the price of now.'
        : 'Say no to an entry that waits: the trade ends as declined.',
    schema: request,
    answers,
    async handle({ trade: asked, ...order }, caller) {
      const trade = await deps.findTrade(asked);
      const taken = await deps.answer(trade, answer, order);
      deps.onOrdered(word, caller, { trade: trade.signalId, ...order, taken: taken.ok });
      if (taken.ok)
        return jsonAnswer(200, { trade: trade.signalId, answer, operator: order.operator });
      return problem(409, 'approval-refused', {
        title: 'The answer does not count',
        detail: taken.why,
      });
    },
  });
}
