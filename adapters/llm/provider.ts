import type { Prompt } from '../../domain/analysis/advice-prompt.ts';
import type { Advice, ProviderRole, Silence } from '../../domain/analysis/consultation.ts';

/** What one request came to. */
export type Reply =
  | {
      readonly kind: 'advice';
      readonly advice: Advice;
      readonly said: string;
      /** Under which a gateway keeps it, and takes word of how it ended. */
      readonly episodeId?: string;
      readonly costMicroUsd: Cost;
    }
  | {
      readonly kind: 'fault';
      readonly reason: Silence;
      readonly fault: string;
      readonly costMicroUsd: Cost;
    };

/** Millionths of a dollar. Undefined where nobody said it: then the worst case counts. */
export type Cost = number | undefined;

/** Why a request is aborted: its answer is no longer needed, or too late. */
export type AbortCause = 'answered' | 'budget';

/** One OpenAI-compatible server with one model. */
export type Provider = {
  readonly by: ProviderRole;
  readonly model: string;
  /** One request, never repeated here. Never rejects. */
  ask(prompt: Prompt, signal: AbortSignal): Promise<Reply>;
  /** The most that asking this can cost, aborted or not; millionths of a dollar. */
  costMax(prompt: Prompt): number;
};
