import type { Candidate } from '../market/candidate.ts';
import type { Opinion } from './opinion.ts';

export const VERDICTS = ['confirm', 'shrink', 'veto'] as const;

/** All that the overlay may give as a reason. Free text would come back into memory as orders. */
export const ADVICE_REASONS = [
  'evidence-agrees',
  'evidence-thin',
  'neighbours-disagree',
  'unfamiliar-state',
  'edge-thin',
  'trend-against',
  'move-exhausted',
  'volatility-high',
  'volume-missing',
] as const;

/** Advice with more reasons than these is cut: the list is closed, so only repeats are lost. */
export const ADVICE_REASONS_MAX = 4;

/** What a language model says of one entry. It names no address, amount or limit. */
export type Advice = {
  readonly verdict: (typeof VERDICTS)[number];
  readonly reasons: readonly (typeof ADVICE_REASONS)[number][];
  /** As spoken, 0–100. Shown and kept, but sizes nothing: spoken confidence is overconfident. */
  readonly confidence: number;
};

/** Which of the configured servers, in the order in which they are asked. */
export type ProviderRole = 'primary' | 'second' | 'local';

/** Why there is no advice, of one provider or in all. */
export type Silence =
  | 'off'
  | 'timeout'
  | 'breaker-open'
  | 'cap-spent'
  | 'rate-limited'
  | 'invalid-answer'
  | 'refused'
  | 'unreachable';

/** One provider that was to be asked and gave no advice. */
export type FailedAttempt = {
  readonly by: ProviderRole;
  readonly model: string;
  readonly reason: Silence;
  readonly latencyMs: number;
  /** What went wrong, for people. */
  readonly fault: string;
};

/** What was asked: enough to ask it again. */
export type AskedPrompt = {
  readonly promptVersion: string;
  /** SHA-256 of all of the prompt, hexadecimal. */
  readonly promptHash: string;
  /** The prompt's last message: the state. */
  readonly asked: string;
};

/** What became of asking the overlay. Holds no amounts but its own cost. */
export type Consultation =
  | (AskedPrompt & {
      readonly answered: true;
      readonly advice: Advice;
      readonly by: ProviderRole;
      readonly model: string;
      /** The answer's own text, shortened. */
      readonly said: string;
      /** Under which a gateway keeps it, and takes word of how it ended. */
      readonly episodeId?: string;
      /** An earlier answer to the same prompt. */
      readonly cached: boolean;
      readonly latencyMs: number;
      /** All attempts, aborted ones at their worst case; millionths of a dollar. */
      readonly costMicroUsd: number;
      readonly failed: readonly FailedAttempt[];
    })
  | (Partial<AskedPrompt> & {
      readonly answered: false;
      readonly reason: Silence;
      readonly latencyMs: number;
      readonly costMicroUsd: number;
      readonly failed: readonly FailedAttempt[];
    });

export type AdviceQuestion = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  /** Mint of the market's base token. */
  readonly mint: string;
};

/** Asks within its own budget. Never rejects: whatever goes wrong is a consultation without answer. */
export type Overlay = { consult(question: AdviceQuestion): Promise<Consultation> };
