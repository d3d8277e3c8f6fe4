import type { ProviderRole } from '../domain/analysis/consultation.ts';
import type { Settings } from './environment.ts';

export type OverlayProvider = {
  readonly by: ProviderRole;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
};

export type OverlayConfig = {
  /** In the order in which they are asked; none: the overlay is off. */
  readonly providers: readonly OverlayProvider[];
  readonly budgetMs: number;
  /** Millionths of a dollar a UTC day, all providers together. */
  readonly dailyMicroUsdMax: number;
  readonly requestsPerMinuteMax: number;
  /** Millionths of a dollar for a million tokens; a local server costs nothing. */
  readonly prices: { readonly input: bigint; readonly output: bigint };
};

/** Where a key leads that is given without an address. */
const OPENAI_URL = 'https://api.openai.com/v1';

export function overlayOf(env: Settings): OverlayConfig {
  return {
    providers: providersOf(env),
    budgetMs: env.OVERMIND_LLM_BUDGET_MS,
    dailyMicroUsdMax: Number(env.OVERMIND_LLM_DAILY_USD_MAX),
    requestsPerMinuteMax: env.OVERMIND_LLM_REQUESTS_PER_MINUTE_MAX,
    prices: {
      input: env.OVERMIND_LLM_INPUT_USD_PER_MILLION,
      output: env.OVERMIND_LLM_OUTPUT_USD_PER_MILLION,
    },
  };
}

function providersOf(env: Settings): OverlayProvider[] {
  const providers: OverlayProvider[] = [];
  const { OPENAI_API_KEY: apiKey, OVERMIND_LLM_URL: url } = env;
  if (apiKey !== undefined || url !== undefined) {
    const baseUrl = url ?? OPENAI_URL;
    providers.push({ by: 'primary', baseUrl, apiKey, model: env.OVERMIND_LLM_MODEL });
  }
  if (env.OVERMIND_LLM_SECOND_URL !== undefined) {
    providers.push({
      by: 'second',
      baseUrl: env.OVERMIND_LLM_SECOND_URL,
      apiKey: env.OVERMIND_LLM_SECOND_API_KEY,
      model: env.OVERMIND_LLM_SECOND_MODEL ?? env.OVERMIND_LLM_MODEL,
    });
  }
  if (env.OVERMIND_LLM_LOCAL_URL !== undefined) {
    const baseUrl = env.OVERMIND_LLM_LOCAL_URL;
    const model = env.OVERMIND_LLM_LOCAL_MODEL;
    providers.push({ by: 'local', baseUrl, apiKey: undefined, model });
  }
  return providers;
}
