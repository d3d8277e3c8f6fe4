import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADVICE_REASONS,
  VERDICTS,
  type Consultation,
  type Silence,
} from '../../../domain/analysis/consultation.ts';
import { decide } from '../../../domain/decision/decide.ts';
import type { Decision, Signal } from '../../../domain/decision/signal.ts';
import { aConsultation, aSilence } from '../../support/consultations.ts';
import { aQuestion, someSettings } from '../../support/decisions.ts';
import { anOpinion } from '../../support/trade-wires.ts';

const question = aQuestion();
const alone = decide(question);

function signalOf(decision: Decision): Signal {
  if (!decision.trade) throw new Error(decision.reasons.join(' '));
  return decision.signal;
}

describe('advice of the overlay', () => {
  it('that confirms leaves the decision as it is', () => {
    expect(decide(question, aConsultation())).toEqual(alone);
  });

  it('that shrinks halves the size and quotes the half afresh', () => {
    const shrunk = decide(question, aConsultation({ verdict: 'shrink', reasons: ['edge-thin'] }));
    const [whole, half] = [signalOf(alone), signalOf(shrunk)];
    expect(half.notional).toBe((whole.notional as bigint) / 2n);
    expect(half.amountIn).toBe(half.notional);
    // Less impact: a little more for each unit, so the limit is tighter than half of the old one.
    expect(half.minAmountOut * 2n).toBeGreaterThanOrEqual((whole.minAmountOut as bigint) - 2n);
    expect(shrunk.reasons.at(-1)).toBe('The overlay shrinks: edge-thin (confidence 80).');
  });

  it('never shrinks below the smallest size', () => {
    const settings = someSettings();
    const small = { ...settings, notional: settings.notionalMin };
    const shrunk = decide(aQuestion({ settings: small }), aConsultation({ verdict: 'shrink' }));
    expect(signalOf(shrunk).notional).toBe(settings.notionalMin);
    expect(shrunk.reasons.at(-1)).toContain('smallest size already');
  });

  it('that vetoes declines', () => {
    const vetoed = decide(question, aConsultation({ verdict: 'veto', reasons: ['trend-against'] }));
    expect(vetoed).toEqual({
      trade: false,
      reasons: ['overlay-veto', 'The overlay vetoes: trend-against (confidence 80).'],
    });
  });

  it('that is missing lets the fast opinion stand, and the reasons say so', () => {
    const decision = decide(question, aSilence({ reason: 'breaker-open' }));
    expect(signalOf(decision)).toEqual(signalOf(alone));
    expect(decision.reasons.at(-1)).toBe(
      'The overlay gave no advice (breaker-open): the fast opinion stands.',
    );
  });
});

describe('whatever the overlay says', () => {
  const SILENCES: readonly Silence[] = [
    ...(['off', 'timeout', 'breaker-open', 'cap-spent'] as const),
    ...(['rate-limited', 'invalid-answer', 'refused', 'unreachable'] as const),
  ];
  const consultations: fc.Arbitrary<Consultation> = fc.oneof(
    fc
      .record({
        verdict: fc.constantFrom(...VERDICTS),
        reasons: fc.array(fc.constantFrom(...ADVICE_REASONS), { maxLength: 6 }),
        confidence: fc.double(),
      })
      .map((advice) => aConsultation(advice)),
    fc.constantFrom(...SILENCES).map((reason) => aSilence({ reason })),
  );
  const bps = fc.double({ min: 0, max: 2_000, noNaN: true });
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  const questions = fc
    .record({
      probability: chance,
      conviction: chance,
      averageWinBps: bps,
      averageLossBps: bps,
      direction: fc.constantFrom('up' as const, 'down' as const, 'flat' as const),
      evGate: fc.constantFrom('enforce' as const, 'observe' as const),
    })
    .map(({ evGate, ...opinion }) =>
      aQuestion({ opinion: anOpinion(opinion), settings: someSettings({ evGate }) }),
    );

  it('makes no trade of a decline, no entry larger, and raises no amount or limit', () => {
    fc.assert(
      fc.property(questions, consultations, (asked, consultation) => {
        const before = decide(asked);
        const after = decide(asked, consultation);
        if (!before.trade) return void expect(after).toEqual(before);
        if (!after.trade) return;
        const [own, advised] = [before.signal, after.signal];
        for (const amount of ['notional', 'amountIn', 'quotedOut', 'minAmountOut'] as const) {
          expect(advised[amount]).toBeLessThanOrEqual(own[amount]);
        }
        expect(advised.notional).toBeGreaterThanOrEqual(asked.settings.notionalMin);
        for (const kept of ['market', 'side', 'slippageMax', 'timeToLiveMs', 'leg'] as const) {
          expect(advised[kept]).toEqual(own[kept]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
