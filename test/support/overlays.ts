import type { DaySpent, SpendStore } from '../../adapters/llm/daily-spend.ts';
import { createOpenAiProvider } from '../../adapters/llm/openai-provider.ts';
import { createOverlay, type OverlayOptions } from '../../adapters/llm/overlay.ts';
import type { Provider } from '../../adapters/llm/provider.ts';
import type { AdviceQuestion, Overlay, ProviderRole } from '../../domain/analysis/consultation.ts';
import { aCandidate, anOpinion } from './trade-wires.ts';

/** $0.10 and $0.50 a million: 1,000 tokens in and 100 out cost 150 millionths. */
export const PRICES = { input: 100_000n, output: 500_000n };
export const COST_MICRO_USD = 150;

export const aProvider = (
  baseUrl: string,
  by: ProviderRole = 'primary',
  model = 'small-model',
): Provider => createOpenAiProvider({ by, baseUrl, apiKey: 'test', model, prices: PRICES });

export const anOverlay = (
  providers: readonly Provider[],
  change: Partial<OverlayOptions> = {},
): Overlay =>
  createOverlay({
    providers,
    promptVersion: 'advice_v1',
    featureNames: ['return_1_atr', 'return_5_atr', 'return_15_atr'],
    budgetMs: 1_500,
    dailyMicroUsdMax: 1_000_000,
    spendStore: anEmptyStore(),
    requestsPerMinuteMax: 10_000,
    wallMs: () => Date.UTC(2026, 10, 26, 12),
    monotonicMs: () => performance.now(),
    ...change,
  });

/** Forgets nothing while it lives. */
export function anEmptyStore(): SpendStore {
  let stored: DaySpent | undefined;
  return {
    read: () => stored,
    write(spent) {
      stored = spent;
      return true;
    },
  };
}

let asked = 0;

/** A question that no cache knows yet. */
export const aNewQuestion = (): AdviceQuestion => ({
  candidate: aCandidate({ features: [(asked += 1)] }),
  opinion: anOpinion(),
  mint: 'So11111111111111111111111111111111111111112',
});
