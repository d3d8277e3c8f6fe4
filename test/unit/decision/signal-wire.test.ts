import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionFromWire, decisionToWire } from '../../../domain/decision/decision-wire.ts';
import { signalFromWire, signalToWire, type Signal } from '../../../domain/decision/signal.ts';
import { basisPoints, quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import { aSignal, anExit } from '../../support/risk.ts';
import { aSignalWire } from '../../support/trade-wires.ts';

const units = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(tokenUnits);
const share = fc.integer({ min: 0, max: 10_000 }).map(basisPoints);
const signals: fc.Arbitrary<Signal> = fc
  .record({
    amountIn: units,
    quotedOut: units,
    minAmountOut: units,
    notional: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(quoteUnits),
    slippageMax: share,
    exits: fc.record({ stopLoss: share, takeProfit: share, timeExitMs: fc.nat() }),
    isExit: fc.boolean(),
  })
  .map(({ isExit, ...fields }) => (isExit ? anExit(fields) : aSignal(fields)));

describe('a signal on the wire', () => {
  it('comes back as it went, through JSON', () => {
    fc.assert(
      fc.property(signals, (signal) => {
        const wire = JSON.parse(JSON.stringify(signalToWire(signal))) as ReturnType<
          typeof signalToWire
        >;
        expect(signalFromWire(wire)).toEqual(signal);
      }),
    );
  });

  it.each(['amountIn', 'quotedOut', 'minAmountOut', 'notional'] as const)(
    'names %s where it is no number',
    (field) => {
      expect(() => signalFromWire(aSignalWire({ [field]: '1.5' }))).toThrow(`signal.${field}`);
    },
  );

  it('travels with its decision, and so do the reasons of a decline', () => {
    const trade = { trade: true as const, signal: aSignal(), reasons: ['why'] };
    expect(decisionFromWire(decisionToWire(trade))).toEqual(trade);
    const decline = { trade: false as const, reasons: ['why not'] };
    expect(decisionFromWire(decisionToWire(decline))).toEqual(decline);
  });
});
