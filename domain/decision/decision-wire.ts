import type { Wire } from '../shared/wire.ts';
import { signalFromWire, signalToWire, type Decision } from './signal.ts';

export function decisionToWire(decision: Decision): Wire<Decision> {
  if (!decision.trade) return decision;
  return { trade: true, signal: signalToWire(decision.signal), reasons: decision.reasons };
}

/** Throws `input/invalid` that names the field. */
export function decisionFromWire(wire: Wire<Decision>): Decision {
  if (!wire.trade) return wire;
  return { trade: true, signal: signalFromWire(wire.signal), reasons: wire.reasons };
}
