import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/config.ts';
import { ADVICE_REASONS, VERDICTS } from '../../../domain/analysis/consultation.ts';
import { createOpenAiProvider } from '../../../adapters/llm/openai-provider.ts';
import { aNewQuestion, anOverlay } from '../../support/overlays.ts';

/*
 * Optional: a model of your own through the same adapter. Start any OpenAI-compatible server with a
 * small model and a JSON schema mode, such as llama.cpp's, and name it:
 * OVERMIND_LLM_LOCAL_URL=http://127.0.0.1:8081/v1 npm test -- test/contract/llm/local-model.test.ts
 */
const local = loadConfig({
  OVERMIND_LLM_LOCAL_URL: process.env['OVERMIND_LLM_LOCAL_URL'],
  OVERMIND_LLM_LOCAL_MODEL: process.env['OVERMIND_LLM_LOCAL_MODEL'],
}).ai.overlay.providers.find(({ by }) => by === 'local');

/** A small model on a processor thinks for a while. */
const BUDGET_MS = 60_000;

describe.skipIf(local === undefined)('a model of your own', () => {
  it(
    'gives advice within the schema, free of charge',
    async () => {
      if (!local) throw new Error('skipped without one');
      const overlay = anOverlay([createOpenAiProvider(local)], { budgetMs: BUDGET_MS });
      const consultation = await overlay.consult(aNewQuestion());
      expect(consultation).toMatchObject({ answered: true, by: 'local', costMicroUsd: 0 });
      if (!consultation.answered) return;
      const { verdict, reasons, confidence } = consultation.advice;
      expect(VERDICTS).toContain(verdict);
      expect(reasons.every((reason) => ADVICE_REASONS.includes(reason))).toBe(true);
      expect(confidence).toBeGreaterThanOrEqual(0);
    },
    BUDGET_MS + 5_000,
  );
});
