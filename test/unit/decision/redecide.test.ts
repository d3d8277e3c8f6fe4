import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decision/decide.ts';
import { inputsFromWire, inputsToWire } from '../../../domain/decision/decision-inputs.ts';
import { decisionToWire } from '../../../domain/decision/decision-wire.ts';
import { redecide, type RecordedDecision } from '../../../domain/decision/redecide.ts';
import { aConsultation } from '../../support/consultations.ts';
import { aQuestion, someSettings } from '../../support/decisions.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';

const { candidate, opinion, market, pool, lastEventMs, settings } = aQuestion();
const inputs = { pool, lastEventMs, settings, consultation: undefined };
const overJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

const recorded: RecordedDecision = {
  candidate,
  opinion: overJson(opinion),
  inputs: inputsFromWire(overJson(inputsToWire(inputs))),
  decision: overJson(decisionToWire(decide(aQuestion()))),
};

describe('the inputs of a decision', () => {
  it('come back from the wire as they were', () => {
    expect(recorded.inputs).toEqual(inputs);
    const unseen = { ...inputs, pool: undefined };
    expect(inputsFromWire(overJson(inputsToWire(unseen)))).toEqual(unseen);
  });

  it('are refused by the name of the field that is none', () => {
    const wire = inputsToWire(inputs);
    const bad = { ...wire, settings: { ...wire.settings, tipMax: '1.5' } };
    expect(() => inputsFromWire(bad)).toThrow(/settings\.tipMax/);
  });
});

describe('a decision made again', () => {
  it('is the same, byte for byte, when nothing has changed', () => {
    const again = redecide(recorded, opinion, market);
    expect(again).toMatchObject({ same: true, opinionDifferences: [], decisionDifferences: [] });
    expect(JSON.stringify(again.decidedNow)).toBe(JSON.stringify(recorded.decision));
  });

  it('shows what another opinion would have changed', () => {
    const again = redecide(recorded, { ...opinion, conviction: 0.1 }, market);
    expect(again.same).toBe(false);
    expect(again.opinionDifferences).toEqual([
      { path: 'conviction', was: opinion.conviction, is: 0.1 },
    ]);
    expect(again.decisionDifferences[0]).toEqual({ path: 'trade', was: true, is: false });
    expect(again.decidedNow.reasons[0]).toMatch(/Conviction 0\.10/);
  });

  it('uses the settings of then, not those of now', () => {
    const notional = quoteUnits(50_000_000n);
    const small = aQuestion({ settings: someSettings({ notional }) });
    const then = {
      ...recorded,
      inputs: { ...inputs, settings: small.settings },
      decision: overJson(decisionToWire(decide(small))),
    };
    expect(redecide(then, opinion, market).same).toBe(true);
    expect(redecide({ ...then, decision: recorded.decision }, opinion, market).same).toBe(false);
  });

  it('meets the veto of an earlier trade again', () => {
    const veto = { signalId: 'earlier', reasons: ['edge-thin'] as const, untilMs: lastEventMs + 1 };
    const held = {
      ...recorded,
      inputs: inputsFromWire(overJson(inputsToWire({ ...inputs, veto }))),
      decision: overJson(decisionToWire(decide(aQuestion({ veto })))),
    };
    expect(held.decision).toMatchObject({ trade: false });
    expect(redecide(held, opinion, market).same).toBe(true);
    const lifted = redecide({ ...held, inputs }, opinion, market);
    expect(lifted.decisionDifferences[0]).toEqual({ path: 'trade', was: false, is: true });
  });

  it('takes the overlay’s advice again without asking it', () => {
    const veto = aConsultation({ verdict: 'veto' });
    const vetoed = {
      ...recorded,
      inputs: { ...inputs, consultation: veto },
      decision: overJson(decisionToWire(decide(aQuestion(), veto))),
    };
    expect(vetoed.decision).toMatchObject({ trade: false });
    expect(redecide(vetoed, opinion, market).same).toBe(true);
  });
});
