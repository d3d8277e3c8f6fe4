import type { PromptVersion } from '../domain/analysis/advice-prompt.ts';
import type { ProviderRole } from '../domain/analysis/consultation.ts';
import type { Settings } from './environment.ts';

export type OverlayProvider = {
  readonly by: ProviderRole;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly prices: Prices;
  readonly isTensorZero: boolean;
};

/** Millionths of a dollar for a million tokens. */
type Prices = { readonly input: bigint; readonly output: bigint };

export type OverlayConfig = {
  /** In the order in which they are asked; none: the overlay is off. */
  readonly providers: readonly OverlayProvider[];
  readonly budgetMs: number;
  /** Millionths of a dollar a UTC day, all providers together. */
  readonly dailyMicroUsdMax: number;
  readonly requestsPerMinuteMax: number;
  readonly promptVersion: PromptVersion;
};

/** Where a key leads that is given without an address. */
const OPENAI_URL = 'https://api.openai.com/v1';

export function overlayOf(env: Settings): OverlayConfig {
  return {
    providers: providersOf(env),
    budgetMs: env.OVERMIND_LLM_BUDGET_MS,
    dailyMicroUsdMax: Number(env.OVERMIND_LLM_DAILY_USD_MAX),
    requestsPerMinuteMax: env.OVERMIND_LLM_REQUESTS_PER_MINUTE_MAX,
    promptVersion: env.OVERMIND_LLM_PROMPT,
  };
}

/** Whoever mirrors results into a gateway; undefined: nobody does. */
export function gatewayOf(env: Settings): { readonly feedbackUrl: string } | undefined {
  const { OVERMIND_TENSORZERO_URL: url, OVERMIND_TENSORZERO_FEEDBACK: feedback } = env;
  return url === undefined || feedback === 'off' ? undefined : { feedbackUrl: url };
}

function providersOf(env: Settings): OverlayProvider[] {
  const first = firstOf(env);
  const providers = first ? [first] : [];
  const prices = pricesOf(env);
  if (env.OVERMIND_LLM_SECOND_URL !== undefined) {
    providers.push({
      by: 'second',
      baseUrl: env.OVERMIND_LLM_SECOND_URL,
      apiKey: env.OVERMIND_LLM_SECOND_API_KEY,
      model: env.OVERMIND_LLM_SECOND_MODEL ?? env.OVERMIND_LLM_MODEL,
      prices: {
        input: env.OVERMIND_LLM_SECOND_INPUT_USD_PER_MILLION ?? prices.input,
        output: env.OVERMIND_LLM_SECOND_OUTPUT_USD_PER_MILLION ?? prices.output,
      },
      isTensorZero: false,
    });
  }
  if (env.OVERMIND_LLM_LOCAL_URL !== undefined) {
    const baseUrl = env.OVERMIND_LLM_LOCAL_URL;
    const model = env.OVERMIND_LLM_LOCAL_MODEL;
    const free = { prices: { input: 0n, output: 0n }, isTensorZero: false };
    providers.push({ by: 'local', baseUrl, apiKey: undefined, model, ...free });
  }
  return providers;
}

const pricesOf = (env: Settings): Prices => ({
  input: env.OVERMIND_LLM_INPUT_USD_PER_MILLION,
  output: env.OVERMIND_LLM_OUTPUT_USD_PER_MILLION,
});

/** A gateway goes before a server of its own, which it has behind it. */
function firstOf(env: Settings): OverlayProvider | undefined {
  const { OPENAI_API_KEY: apiKey, OVERMIND_LLM_URL: url, OVERMIND_TENSORZERO_URL: gateway } = env;
  const priced = { by: 'primary' as const, prices: pricesOf(env) };
  if (gateway !== undefined) {
    return {
      ...{ ...priced, apiKey: undefined, isTensorZero: true },
      baseUrl: `${gateway.replace(/\/$/, '')}/openai/v1`,
      model: `tensorzero::function_name::${env.OVERMIND_TENSORZERO_FUNCTION}`,
    };
  }
  if (apiKey === undefined && url === undefined) return undefined;
  const baseUrl = url ?? OPENAI_URL;
  return { ...priced, baseUrl, apiKey, model: env.OVERMIND_LLM_MODEL, isTensorZero: false };
}
