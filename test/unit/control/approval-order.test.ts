import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalFault,
  needsApproval,
  type ApprovalView,
} from '../../../domain/control/approval-order.ts';
import { readReason, REASON_LENGTH_MAX } from '../../../domain/control/reason.ts';

const WAITING: ApprovalView = {
  stage: 'waiting',
  operators: ['alice', 'bob'],
  asked: true,
  ended: undefined,
  by: undefined,
};
const ORDER = { operator: 'alice', reason: 'looks right' };

describe('the size from which a person is asked', () => {
  it.each([
    ['199999999', false],
    ['200000000', true],
    ['1000000000', true],
  ])('an entry of %s asks: %s', (notional, asks) => {
    expect(needsApproval(notional, '200000000')).toBe(asks);
  });
});

describe('an answer to a trade', () => {
  it('counts while a person is asked', () => {
    expect(approvalFault(ORDER, WAITING)).toBeUndefined();
  });

  it.each<[string, unknown, Partial<ApprovalView>, string]>([
    ['nothing at all', undefined, {}, 'operator: wants the name of an operator'],
    ['no object', 'alice', {}, 'operator: wants the name of an operator'],
    ['a path for a name', { ...ORDER, operator: '../bob' }, {}, 'operator: wants the name'],
    ['no reason', { ...ORDER, reason: ' ' }, {}, 'reason: wants 1 to 1000 printable characters'],
    ['a reason that is none', { ...ORDER, reason: 7 }, {}, 'reason: wants 1 to 1000'],
    ['a stranger', { ...ORDER, operator: 'mallory' }, {}, 'no operator mallory is known'],
    [
      'a trade that asks nobody',
      ORDER,
      { operators: undefined, asked: false, stage: 'managing' },
      'this trade asks nobody, it is at: managing',
    ],
    ['too early', ORDER, { asked: false, stage: 'deciding' }, 'nobody is asked now'],
    ['a second time', ORDER, { ended: 'approved', by: 'bob' }, 'already approved by bob'],
    ['after a rejection', ORDER, { ended: 'rejected', by: 'bob' }, 'already rejected by bob'],
    ['too late', ORDER, { ended: 'late' }, 'too late: the time to answer is over'],
    ['after the run', ORDER, { ended: 'run-ended' }, 'the trade has ended: run-ended'],
  ])('is refused: %s', (_what, order, view, fault) => {
    expect(approvalFault(order, { ...WAITING, ...view })).toContain(fault);
  });
});

describe('a reason', () => {
  it.each([
    ['', undefined],
    [' \n ', undefined],
    ['  kept without its edges ', 'kept without its edges'],
    ['größer als sonst – gut', 'größer als sonst – gut'],
    ['two\r\nlines', undefined],
    ['nul\0', undefined],
    ['turned \u202e around', undefined],
    ['half \ud83d', undefined],
    ['x'.repeat(REASON_LENGTH_MAX), 'x'.repeat(REASON_LENGTH_MAX)],
    ['x'.repeat(REASON_LENGTH_MAX + 1), undefined],
  ])('%j is read as %j', (text, reason) => {
    expect(readReason(text)).toBe(reason);
  });

  it('is one line of well-formed text, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const reason = readReason(text);
        if (reason !== undefined) expect(reason).not.toMatch(/[\r\n\0\u2028]/);
      }),
    );
  });
});
