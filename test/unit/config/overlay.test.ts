import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/config.ts';
import { overlaySettingOf } from '../../../workers/trading/settings.ts';

const overlayWith = (env: Readonly<Record<string, string>>) => loadConfig(env).ai.overlay;

describe('the overlay', () => {
  it('is off without a key or an address, in every mode', () => {
    expect(overlayWith({}).providers).toEqual([]);
    for (const mode of ['enabled', 'advisory', 'disabled']) {
      expect(overlaySettingOf(loadConfig({ OVERMIND_AI_MODE: mode }))).toBeUndefined();
    }
  });

  it('is off where its mode says so, whatever is configured', () => {
    expect(overlaySettingOf(loadConfig({ OPENAI_API_KEY: 'test' }))).toBeUndefined();
  });

  it('leads a key without an address to its maker', () => {
    expect(overlayWith({ OPENAI_API_KEY: 'test' }).providers).toEqual([
      {
        by: 'primary',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'test',
        model: 'gpt-6-luna',
        prices: { input: 100_000n, output: 500_000n },
        isTensorZero: false,
      },
    ]);
  });

  it('asks first, second and local server in this order, each with its own key and model', () => {
    const { providers } = overlayWith({
      OPENAI_API_KEY: 'test',
      OVERMIND_LLM_URL: 'https://one/v1',
      OVERMIND_LLM_MODEL: 'm1',
      OVERMIND_LLM_SECOND_URL: 'https://two/v1',
      OVERMIND_LLM_LOCAL_URL: 'http://127.0.0.1:8081/v1',
    });
    expect(
      providers.map(({ by, baseUrl, apiKey, model }) => ({ by, baseUrl, apiKey, model })),
    ).toEqual([
      { by: 'primary', baseUrl: 'https://one/v1', apiKey: 'test', model: 'm1' },
      // The first one's key is nothing for a stranger.
      { by: 'second', baseUrl: 'https://two/v1', apiKey: undefined, model: 'm1' },
      { by: 'local', baseUrl: 'http://127.0.0.1:8081/v1', apiKey: undefined, model: 'local' },
    ]);
  });

  it('has a budget, a cap and words by default, money in millionths', () => {
    expect(overlayWith({})).toMatchObject({
      budgetMs: 1_800,
      dailyMicroUsdMax: 5_000_000,
      requestsPerMinuteMax: 10_000,
      promptVersion: 'advice_v1',
    });
  });

  it('counts each server at its own prices, the second at the first one’s unless said', () => {
    const servers = {
      OVERMIND_LLM_URL: 'https://one/v1',
      OVERMIND_LLM_SECOND_URL: 'https://two/v1',
      OVERMIND_LLM_LOCAL_URL: 'http://127.0.0.1:8081/v1',
      OVERMIND_LLM_INPUT_USD_PER_MILLION: '2',
    };
    const pricesOf = (env: Readonly<Record<string, string>>) =>
      overlayWith({ ...servers, ...env }).providers.map(({ prices }) => prices);
    const [first, free] = [
      { input: 2_000_000n, output: 500_000n },
      { input: 0n, output: 0n },
    ];
    expect(pricesOf({})).toEqual([first, first, free]);
    expect(pricesOf({ OVERMIND_LLM_SECOND_OUTPUT_USD_PER_MILLION: '0.25' })).toEqual([
      first,
      { ...first, output: 250_000n },
      free,
    ]);
  });

  it('is carried by each trade that asks it', () => {
    const env = { OVERMIND_AI_MODE: 'enabled', OVERMIND_LLM_LOCAL_URL: 'http://127.0.0.1:1/v1' };
    expect(overlaySettingOf(loadConfig(env))).toEqual({
      mode: 'enabled',
      budgetMs: 1_800,
      convictionMin: 0.7,
    });
  });
});
