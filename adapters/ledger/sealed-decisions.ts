import type { DecisionInputs } from '../../domain/decision/decision-inputs.ts';
import type { FieldSeal, JsonObject } from '../../domain/shared/field-seal.ts';
import type { SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';

/** Of a consultation: what the model was asked, and what it said. */
export const WORDS = ['asked', 'said'] as const;
/** Of a decision's inputs: how we trade. Consultation, answer and veto are what dashboards and audit read. */
const STRATEGY = ['pool', 'settings', 'lastEventMs'] as const;

/** Where a sealed object stands. */
export const asideOf = (signalId: SignalId): string => `trades/${signalId}/advice_aside`;
export const awaitedOf = (signalId: SignalId): string => `trades/${signalId}/consultation`;
const inputsOf = (signalId: SignalId): string => `trades/${signalId}/decision_inputs`;

export function sealInputs(
  inputs: Wire<DecisionInputs>,
  signalId: SignalId,
  { seal }: FieldSeal,
): JsonObject {
  const { consultation, ...rest } = inputs;
  const sealed = seal(rest, STRATEGY, inputsOf(signalId));
  if (!consultation) return sealed;
  // `Wire` is the same object with texts for amounts.
  const words = seal(consultation as JsonObject, WORDS, awaitedOf(signalId));
  return { ...sealed, consultation: words };
}

/** Throws `payload/sealed`. */
export function openInputs(
  stored: JsonObject,
  signalId: SignalId,
  { open }: FieldSeal,
): Wire<DecisionInputs> {
  const { consultation, ...rest } = stored;
  const inputs = open(rest, inputsOf(signalId));
  const whole = consultation
    ? { ...inputs, consultation: open(consultation as JsonObject, awaitedOf(signalId)) }
    : inputs;
  return whole as Wire<DecisionInputs>; // What `sealInputs` was given.
}
