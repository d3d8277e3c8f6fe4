import type { Candidate } from '../market/candidate.ts';
import type { SignalId } from '../shared/ids.ts';
import type { Advice, Consultation } from './consultation.ts';
import type { Opinion } from './opinion.ts';

/** A veto that came too late for its own entry. Later entries of its market wait until it has passed. */
export type StandingVeto = {
  /** The trade that it was said of. */
  readonly signalId: SignalId;
  readonly reasons: Advice['reasons'];
  /** Market time. */
  readonly untilMs: number;
};

/** What was said beside a trade. */
export type AsideAdvice = {
  readonly signalId: SignalId;
  readonly consultation: Consultation;
  /** Undefined where nothing is held back. */
  readonly vetoUntilMs: number | undefined;
};

export type AdviceRecords = {
  /** Safe to repeat. */
  recordAside(advice: AsideAdvice): Promise<void>;
  /** The veto of the candidate's run and market that lasts longest, if one stands at its time. */
  readVeto(candidate: Candidate): Promise<StandingVeto | undefined>;
};

/** A veto speaks of a state, and an opinion of a state reaches as far as its horizon. */
export function asideOf(
  { signalId, marketTimeMs }: Candidate,
  { horizonMs }: Opinion,
  consultation: Consultation,
): AsideAdvice {
  const vetoed = consultation.answered && consultation.advice.verdict === 'veto';
  const vetoUntilMs = vetoed ? Math.floor(marketTimeMs + horizonMs) : undefined;
  return { signalId, consultation, vetoUntilMs };
}
