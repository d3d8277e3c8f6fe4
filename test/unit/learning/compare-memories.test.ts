import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  differingAnswers,
  rebuildMemory,
  type RememberedVector,
} from '../../../domain/learning/compare-memories.ts';

const remembered = fc
  .array(
    fc.tuple(fc.float({ noNaN: true, min: -4, max: 4 }), fc.integer({ min: -500, max: 500 })),
    {
      minLength: 40,
      maxLength: 120,
    },
  )
  .map((pairs): RememberedVector[] =>
    pairs.map(([value, outcomeBps], at) => ({
      marketTimeMs: at * 60_000,
      features: [value, value * value, at % 7],
      outcomeBps,
      resolvedMs: (at + 5) * 60_000,
    })),
  );

describe('two memories of the same states', () => {
  it('answer every question alike', () => {
    fc.assert(
      fc.property(remembered, (states) => {
        const memories = [rebuildMemory(states), rebuildMemory([...states])] as const;
        expect(differingAnswers(memories, states)).toBe(0);
      }),
    );
  });

  it('answer differently where one outcome, one number or one state is another', () => {
    const states = Array.from({ length: 60 }, (_, at): RememberedVector => ({
      marketTimeMs: at * 60_000,
      features: [at, -at],
      outcomeBps: at,
      resolvedMs: at * 60_000 + 1,
    }));
    const whole = rebuildMemory(states);
    const changed = (change: Partial<RememberedVector>): readonly RememberedVector[] =>
      states.map((state, at) => (at === 30 ? { ...state, ...change } : state));
    const others = [changed({ outcomeBps: 1 }), changed({ features: [30, -31] }), states.slice(1)];
    for (const other of others) {
      expect(differingAnswers([whole, rebuildMemory(other)], states)).toBeGreaterThan(0);
    }
  });
});
