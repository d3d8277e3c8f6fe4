import { createHash } from 'node:crypto';
import {
  advicePrompt,
  type Prompt,
  type PromptVersion,
} from '../../domain/analysis/advice-prompt.ts';
import type {
  AskedPrompt,
  Consultation,
  FailedAttempt,
  Overlay,
} from '../../domain/analysis/consultation.ts';
import { createAnswerCache } from './answer-cache.ts';
import { askInOrder, type Race } from './ask-in-order.ts';
import { createDailySpend, type SpendStore } from './daily-spend.ts';
import { guarded } from './guarded-provider.ts';
import { createHedgeRule } from './hedge-rule.ts';
import type { Provider, Reply } from './provider.ts';

export type OverlayOptions = {
  /** In the order in which they are asked. */
  readonly providers: readonly Provider[];
  readonly promptVersion: PromptVersion;
  readonly featureNames: readonly string[];
  readonly budgetMs: number;
  readonly dailyMicroUsdMax: number;
  readonly spendStore: SpendStore;
  /** Of each provider. */
  readonly requestsPerMinuteMax: number;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
};

type Answered = Extract<Consultation, { answered: true }>;

/** Asks one provider after the other, within one budget for all of them. */
export function createOverlay(options: OverlayOptions): Overlay {
  const { budgetMs, monotonicMs } = options;
  const guards = {
    ...options,
    spend: createDailySpend(options.dailyMicroUsdMax, options.spendStore),
  };
  const providers = options.providers.map((provider) => guarded(provider, guards));
  const cache = createAnswerCache<Answered>();
  const hedge = createHedgeRule(budgetMs);

  const race = async (prompt: Prompt): Promise<Timed> => {
    const latencies: number[] = [];
    const startedMs = monotonicMs();
    const calls = providers.map((provider, index) => async (signal: AbortSignal) => {
      const askedMs = monotonicMs();
      const reply = await provider.ask(prompt, signal);
      latencies[index] = monotonicMs() - askedMs;
      // An aborted request took at least this long; left out it would make the slow look fast.
      if (index === 0 && latencies[0] !== undefined && wasSent(reply)) hedge.observe(latencies[0]);
      return reply;
    });
    const hedgeAfterMs = hedge.afterMs();
    const run = await askInOrder(calls, { budgetMs, hedgeAfterMs, mayHedge: hedge.mayHedge });
    return { ...run, latencies, latencyMs: Math.round(monotonicMs() - startedMs) };
  };

  return {
    async consult(question) {
      const prompt = advicePrompt(question, options.featureNames, options.promptVersion);
      const asked = askedOf(prompt);
      const known = cache.find(asked.promptHash);
      if (known) return { ...known, cached: true, latencyMs: 0, costMicroUsd: 0, failed: [] };
      const consultation = consultationOf(await race(prompt), { providers, prompt, asked });
      if (consultation.answered) cache.keep(asked.promptHash, consultation);
      return consultation;
    },
  };
}

type Timed = Race & { readonly latencies: readonly number[]; readonly latencyMs: number };
type Asked = {
  readonly providers: readonly Provider[];
  readonly prompt: Prompt;
  readonly asked: AskedPrompt;
};

const wasSent = (reply: Reply): boolean =>
  reply.kind === 'advice' || reply.reason === 'timeout' || reply.reason === 'refused';

function consultationOf(run: Timed, { providers, prompt, asked }: Asked): Consultation {
  const { replies, winner, latencyMs } = run;
  const failed: FailedAttempt[] = [];
  let costMicroUsd = 0;
  providers.slice(0, replies.length).forEach((provider, index) => {
    const { by, model } = provider;
    const reply = replies[index];
    // Cut off: paid for all the same, as far as we know.
    costMicroUsd += reply?.costMicroUsd ?? provider.costMax(prompt);
    if (reply?.kind === 'advice') return;
    const took = Math.round(run.latencies[index] ?? latencyMs);
    const { reason, fault } = reply ?? { reason: 'timeout', fault: 'no answer in time' };
    failed.push({ by, model, reason, fault, latencyMs: took });
  });
  const said = winner === undefined ? undefined : replies[winner];
  const provider = winner === undefined ? undefined : providers[winner];
  if (said?.kind === 'advice' && provider) {
    const { by, model } = provider;
    const { advice, said: text, episodeId } = said;
    const answer = {
      ...{ by, model, advice, said: text, cached: false },
      ...(episodeId === undefined ? {} : { episodeId }),
    };
    return { ...asked, ...answer, answered: true, latencyMs, costMicroUsd, failed };
  }
  // The first one's fault is the one to mend; those behind it are there to help out.
  const reason = failed[0]?.reason ?? 'off';
  return { ...asked, answered: false, reason, latencyMs, costMicroUsd, failed };
}

/** What is kept of a prompt. */
export function askedOf({ version, rules, state }: Prompt): AskedPrompt {
  const promptHash = createHash('sha256').update(rules).update('\0').update(state).digest('hex');
  return { promptVersion: version, promptHash, asked: state };
}
