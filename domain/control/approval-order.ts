import { REASON_WANTED, readReason } from './reason.ts';
import { OPERATOR_NAME } from './resume-statement.ts';

/** What a person says about an entry that waits for one. */
export type ApprovalOrder = { readonly operator: string; readonly reason: string };

export type ApprovalAnswer = 'approved' | 'rejected';

/** Why a wait is over: answered, or one of the ends that nobody gave. */
export type ApprovalEnd = ApprovalAnswer | 'late' | 'run-ended' | 'cancelled';

/** What a trade holds against an order. */
export type ApprovalView = {
  /** Where the trade is, in its own word. */
  readonly stage: string;
  /** Undefined where the entry needs no person. */
  readonly operators: readonly string[] | undefined;
  /** Undefined while nobody was asked. */
  readonly asked: boolean;
  readonly ended: ApprovalEnd | undefined;
  /** Who answered. */
  readonly by: string | undefined;
};

/** Whether an entry of this size waits for a person; both are quote base units as they travel. */
export function needsApproval(notional: string, notionalMin: string): boolean {
  return BigInt(notional) >= BigInt(notionalMin);
}

/** The first reason against an order, in a sentence; undefined: it counts. */
export function approvalFault(order: unknown, view: ApprovalView): string | undefined {
  const { stage, operators, asked, ended, by } = view;
  // Anybody who reaches the server can send one, the Web UI's form among them.
  const { operator, reason } = (order ?? {}) as {
    readonly [Field in keyof ApprovalOrder]: unknown;
  };
  if (typeof operator !== 'string' || !OPERATOR_NAME.test(operator)) {
    return 'operator: wants the name of an operator';
  }
  if (typeof reason !== 'string' || readReason(reason) === undefined) {
    return `reason: wants ${REASON_WANTED}`;
  }
  if (operators === undefined) return `this trade asks nobody, it is at: ${stage}`;
  if (!operators.includes(operator)) return `no operator ${operator} is known to this trade`;
  if (ended === 'approved' || ended === 'rejected') return `already ${ended} by ${by ?? 'someone'}`;
  if (ended === 'late') return 'too late: the time to answer is over';
  if (ended !== undefined) return `the trade has ended: ${ended}`;
  if (!asked) return `nobody is asked now, the trade is at: ${stage}`;
  return undefined;
}
