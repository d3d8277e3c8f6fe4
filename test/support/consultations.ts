import type { Advice, Consultation } from '../../domain/analysis/consultation.ts';

/** What was asked of whom; the answer is the test's. */
export const aConsultation = (
  advice: Partial<Advice> = {},
  change: Partial<Extract<Consultation, { answered: true }>> = {},
): Extract<Consultation, { answered: true }> => ({
  answered: true,
  advice: { verdict: 'confirm', reasons: ['evidence-agrees'], confidence: 80, ...advice },
  by: 'primary',
  model: 'small-model',
  promptVersion: 'advice_v1',
  promptHash: '5f'.repeat(32),
  asked: 'prompt advice_v1',
  said: '{"verdict":"confirm"}',
  cached: false,
  latencyMs: 412,
  costMicroUsd: 230,
  failed: [],
  ...change,
});

export const aSilence = (
  change: Partial<Extract<Consultation, { answered: false }>> = {},
): Consultation => ({
  answered: false,
  reason: 'timeout',
  latencyMs: 1_800,
  costMicroUsd: 0,
  failed: [],
  ...change,
});
