import type { Consultation } from '../analysis/consultation.ts';
import type { Opinion } from '../analysis/opinion.ts';
import type { Candidate } from '../market/candidate.ts';
import type { Market } from '../market/market.ts';
import { differencesOf, type Difference } from '../shared/differences.ts';
import type { Wire } from '../shared/wire.ts';
import { decide } from './decide.ts';
import { decideAgain } from './decide-again.ts';
import { decisionToWire } from './decision-wire.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { Decision } from './signal.ts';

/** A decision as it was made, with all that it was made of. */
export type RecordedDecision = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  readonly inputs: DecisionInputs;
  readonly decision: Wire<Decision>;
};

export type Redecision = {
  readonly decidedNow: Wire<Decision>;
  /** Byte for byte, opinion and decision. */
  readonly same: boolean;
  readonly opinionDifferences: readonly Difference[];
  readonly decisionDifferences: readonly Difference[];
};

/**
 * Decides once more by today's rules: what `opinion` says now, everything else as it was then. With
 * `asked` it is that advice that counts, instead of the recorded one.
 */
export function redecide(
  { candidate, opinion: then, inputs, decision: made }: RecordedDecision,
  opinion: Opinion,
  market: Market,
  asked?: Consultation,
): Redecision {
  const { consultation: recorded, again, ...given } = inputs;
  const consultation = asked ?? recorded;
  const question = { candidate, opinion, market, ...given };
  // As it would have travelled: what JSON drops is no difference.
  const decision = again ? decideAgain(question, again) : decide(question, consultation);
  const decidedNow = plain(decisionToWire(decision));
  const opinionDifferences = differencesOf(then, plain(opinion));
  const decisionDifferences = differencesOf(made, decidedNow);
  return {
    decidedNow,
    same: opinionDifferences.length === 0 && decisionDifferences.length === 0,
    opinionDifferences,
    decisionDifferences,
  };
}

const plain = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
