import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLearningActivities } from '../../../activities/learning.ts';
import { outcomeOf, type ClosedPosition } from '../../../domain/learning/outcome-of.ts';
import { outcomeFromWire, outcomeToWire } from '../../../domain/learning/outcome.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';

const closed = (change: Partial<ClosedPosition> = {}): ClosedPosition => ({
  signalId: 's1',
  market: 'SOL-USDC',
  exitReason: 'take-profit',
  cost: quoteUnits(200_000_000n),
  costsPaid: quoteUnits(5_870n),
  proceeds: quoteUnits(201_400_000n),
  openedAtMs: 1_000,
  closedAtMs: 61_000,
  exploring: false,
  ...change,
});

describe('an outcome', () => {
  it('is what came out less what went in and every cost', () => {
    expect(outcomeOf(closed())).toEqual({
      signalId: 's1',
      market: 'SOL-USDC',
      exitReason: 'take-profit',
      realisedPnl: 1_394_130n,
      returnBps: 69.7,
      holdMs: 60_000,
      exploring: false,
    });
  });

  it('rounds a loss down, never towards zero', () => {
    const loss = outcomeOf(closed({ proceeds: quoteUnits(200_005_869n) }));
    expect(loss.realisedPnl).toBe(-1n);
    expect(loss.returnBps).toBe(-0.01);
  });

  it('travels unchanged', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (proceeds) => {
        const outcome = outcomeOf(closed({ proceeds: quoteUnits(proceeds) }));
        expect(outcomeFromWire(outcomeToWire(outcome))).toEqual(outcome);
      }),
    );
  });
});

describe('learning', () => {
  it('answers with what is stored, not with what it worked out again', async () => {
    const stored = outcomeOf(closed({ exploring: true }));
    const { learn } = createLearningActivities({
      tell: async () => undefined,
      outcomes: {
        readClosedPosition: async () => closed(),
        recordOutcome: async () => stored,
      },
    });
    expect(await learn('s1')).toEqual(outcomeToWire(stored));
  });

  it('has nothing to say of a trade that closed no position', async () => {
    const { learn } = createLearningActivities({
      tell: async () => undefined,
      outcomes: {
        readClosedPosition: async () => undefined,
        recordOutcome: () => Promise.reject(new Error('nothing to record')),
      },
    });
    expect(await learn('s1')).toBeUndefined();
  });

  it.each([
    ['ledger/unreachable', false],
    ['ledger/conflict', true],
  ] as const)('lets %s be retried or not (final: %s)', async (code, nonRetryable) => {
    const fault = new OvermindError(code, { operation: 'read', fault: 'x' });
    const { learn } = createLearningActivities({
      tell: async () => undefined,
      outcomes: {
        readClosedPosition: () => Promise.reject(fault),
        recordOutcome: () => Promise.reject(new Error('nothing to record')),
      },
    });
    await expect(learn('s1')).rejects.toMatchObject({ type: code, nonRetryable });
  });
});
