import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type EntryQuestion } from '../../../domain/decision/decide.ts';
import {
  decideAgain,
  PRICE_MOVED,
  type SecondLook,
} from '../../../domain/decision/decide-again.ts';
import { decisionToWire } from '../../../domain/decision/decision-wire.ts';
import { inputsFromWire, inputsToWire } from '../../../domain/decision/decision-inputs.ts';
import { redecide } from '../../../domain/decision/redecide.ts';
import type { Signal } from '../../../domain/decision/signal.ts';
import { basisPoints, quoteUnits } from '../../../domain/shared/units.ts';
import { aQuestion, poolAt, someSettings } from '../../support/decisions.ts';

function approvedSignal(question: EntryQuestion = aQuestion()): Signal {
  const decision = decide(question);
  if (!decision.trade) throw new Error(decision.reasons.join(' '));
  return decision.signal;
}

function aLook(price: string, signal = approvedSignal()): SecondLook {
  return {
    price,
    solPrice: price,
    receivedNs: '77',
    approved: { notional: String(signal.notional), quotedOut: String(signal.quotedOut) },
    collarMax: basisPoints(100),
    operator: 'alice',
    reason: 'looks right',
  };
}

const at = (price: string): EntryQuestion => aQuestion({ pool: poolAt(price) });

describe('an entry that a person has approved', () => {
  it('is made at the price of now, and says who said yes', () => {
    const decision = decideAgain(at('147.2'), aLook('147.2'));
    if (!decision.trade) throw new Error(decision.reasons.join(' '));
    const { signal, reasons } = decision;
    expect(signal).toMatchObject({ feedPrice: '147.2', solPrice: '147.2', receivedNs: '77' });
    expect(signal.quotedOut).toBeLessThan(approvedSignal().quotedOut);
    expect(reasons[0]).toBe('Approved by alice (looks right).');
  });

  it('is made where the price fell: that is not worse', () => {
    expect(decideAgain(at('120'), aLook('120')).trade).toBe(true);
  });

  it('is refused where the price is worse than the collar, with both prices', () => {
    const decision = decideAgain(at('149'), aLook('149'));
    expect(decision.trade).toBe(false);
    expect(decision.reasons[0]).toBe(PRICE_MOVED);
    expect(decision.reasons[1]).toMatch(
      /^Approved at 147\.\d+, now 149\.\d+: 15\d bps worse, at most 100\.$/,
    );
  });

  it('reaches the collar, and not one step further', () => {
    const worse = Number(
      /: (\d+) bps/.exec(decideAgain(at('149'), aLook('149')).reasons[1] ?? '')?.[1],
    );
    const within = (bps: number) =>
      decideAgain(at('149'), { ...aLook('149'), collarMax: basisPoints(bps) }).trade;
    expect([within(worse), within(worse - 1)]).toEqual([true, false]);
  });

  it('is never larger than what the person saw', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 20_000_000n, max: 200_000_000n }), (size) => {
        const approved = { notional: String(size), quotedOut: String((size * 10n ** 9n) / 147n) };
        const look = { ...aLook('146.74'), approved, collarMax: basisPoints(10_000) };
        const decision = decideAgain(aQuestion(), look);
        if (decision.trade) expect(decision.signal.notional).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('stays small where the overlay had made it so', () => {
    const small = aQuestion({ settings: someSettings({ notional: quoteUnits(50_000_000n) }) });
    const decision = decideAgain(aQuestion(), aLook('146.74', approvedSignal(small)));
    expect(decision).toMatchObject({ trade: true });
    if (decision.trade) expect(decision.signal.notional).toBe(approvedSignal(small).notional);
  });

  it('is declined where it is not worth it any more, or nothing is to be had', () => {
    const unseen = decideAgain(aQuestion({ pool: undefined }), aLook('146.74'));
    expect(unseen).toMatchObject({ trade: false });
    expect(unseen.reasons.at(-1)).toBe('Approved by alice (looks right).');
  });

  it('can be decided once more from what was recorded', () => {
    const look = aLook('147.2');
    const question = at('147.2');
    const { candidate, opinion, market, pool, lastEventMs, settings } = question;
    const inputs = { pool, lastEventMs, settings, consultation: undefined, again: look };
    const wire = JSON.parse(JSON.stringify(inputsToWire(inputs))) as ReturnType<
      typeof inputsToWire
    >;
    const decision = decisionToWire(decideAgain(question, look));
    const recorded = { candidate, opinion, inputs: inputsFromWire(wire), decision };
    expect(redecide(recorded, opinion, market).same).toBe(true);
  });
});
