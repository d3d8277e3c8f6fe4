import {
  resumeFaults,
  type OperatorSignature,
  type ResumeRequest,
  type ResumeView,
} from '../domain/control/resume-statement.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { Control } from './control.ts';

export type Resumed =
  | { readonly resumed: true; readonly haltEpoch: number }
  | { readonly resumed: false; readonly why: readonly string[] };

export type ResumeDeps = {
  readonly wallet: string;
  readonly configHash: string;
  readonly control: Control;
  /** Read at each request: an operator may have been added since the start. */
  readonly readOperators: () => ReadonlyMap<string, string>;
  readonly verify: ResumeView['verify'];
  /** Lifts the latch of Postgres and keeps the proof; why not, where something there speaks against it. */
  readonly recordResume: (request: ResumeRequest) => Promise<string | undefined>;
};

/**
 * Lifts a halt. Postgres first: should we die between the two, our own latch holds, and it is lifted
 * by another resume. The other way round permits could be executed that nobody may approve.
 */
export function createResume(deps: ResumeDeps): (params: unknown) => Promise<Resumed> {
  const { wallet, configHash, control } = deps;
  return async (params) => {
    const request = resumeRequestOf(params);
    const faults = (): readonly string[] =>
      resumeFaults(request, {
        wallet,
        configHash,
        halted: control.halted,
        haltEpoch: control.haltEpoch,
        operators: deps.readOperators(),
        verify: deps.verify,
      });
    const before = faults();
    if (before.length > 0) return { resumed: false, why: before };
    const refusal = await deps.recordResume(request);
    if (refusal !== undefined) return { resumed: false, why: [refusal] };
    // A stop that came while Postgres was asked is stronger.
    const after = faults();
    if (after.length > 0) return { resumed: false, why: after };
    control.resume(request.reason);
    return { resumed: true, haltEpoch: control.haltEpoch };
  };
}

function resumeRequestOf(params: unknown): ResumeRequest {
  const given = Object(params) as Record<string, unknown>; // Each field is tested below.
  const text = (field: string): string => {
    const value = given[field];
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(field, value, 'text');
  };
  const count = (field: string): number => {
    const value = given[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw invalid(field, value, 'a whole number');
  };
  return {
    haltEpoch: count('haltEpoch'),
    reconciliationId: count('reconciliationId'),
    reconciliationHash: text('reconciliationHash'),
    configHash: text('configHash'),
    reason: text('reason'),
    signatures: signaturesOf(given['signatures']),
  };
}

/** More would only keep the hot thread busy. */
const SIGNATURES_MAX = 16;

function signaturesOf(value: unknown): readonly OperatorSignature[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.slice(0, SIGNATURES_MAX).map((one) => {
    const { operator, signature } = Object(one) as Record<string, unknown>; // Tested next.
    if (typeof operator !== 'string' || typeof signature !== 'string') {
      throw invalid('signatures', value, 'a list of {operator, signature}');
    }
    return { operator, signature };
  });
}

function invalid(field: string, got: unknown, expected: string): OvermindError {
  return new OvermindError('input/invalid', { field, got: JSON.stringify(got) ?? '', expected });
}
