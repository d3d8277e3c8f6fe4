import type { Prompt } from '../../domain/analysis/advice-prompt.ts';
import type { Silence } from '../../domain/analysis/consultation.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import type { DailySpend } from './daily-spend.ts';
import type { Provider, Reply } from './provider.ts';
import { createRequestLimit } from './request-limit.ts';

export type Guards = {
  /** Shared by all providers. */
  readonly spend: DailySpend;
  readonly requestsPerMinuteMax: number;
  /** Wall time, for the UTC day; everything else is monotonic. */
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
};

/** The same provider behind its breaker, its request limit and the common cap. */
export function guarded(provider: Provider, guards: Guards): Provider {
  const { spend, wallMs, monotonicMs } = guards;
  const breaker = createCircuitBreaker();
  const limit = createRequestLimit(guards.requestsPerMinuteMax);

  const askAdmitted = async (prompt: Prompt, signal: AbortSignal): Promise<Reply> => {
    const worst = provider.costMax(prompt);
    const reserved = spend.reserve(worst, wallMs());
    if (!reserved) {
      breaker.ended();
      return withheld('cap-spent', 'the day’s money is spent');
    }
    if (!limit.take(monotonicMs())) {
      spend.settle(reserved, 0, wallMs());
      breaker.ended();
      return withheld('rate-limited', 'our own limit of requests a minute');
    }
    const reply = await provider.ask(prompt, signal);
    // An aborted request may be billed although nobody reads its answer.
    spend.settle(reserved, reply.costMicroUsd ?? worst, wallMs());
    if (reply.kind === 'advice' || reply.reason === 'refused') breaker.succeeded();
    else if (signal.aborted && signal.reason === 'answered') breaker.ended();
    else breaker.failed(monotonicMs());
    return { ...reply, costMicroUsd: reply.costMicroUsd ?? worst };
  };

  return {
    ...provider,
    async ask(prompt, signal) {
      if (breaker.admit(monotonicMs())) return askAdmitted(prompt, signal);
      return withheld('breaker-open', 'it has failed too often of late');
    },
  };
}

const withheld = (reason: Silence, fault: string): Reply => ({
  kind: 'fault',
  reason,
  fault,
  costMicroUsd: 0,
});
