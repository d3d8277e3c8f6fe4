import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAdvice } from '../../adapters/llm/advice-schema.ts';
import type { Consultation } from '../../domain/analysis/consultation.ts';
import { startLocalModel, type LocalModel } from '../support/local-model.ts';
import { aNewQuestion, anOverlay, aProvider } from '../support/overlays.ts';

/** So that a busy machine changes nothing: what a model is worth is not asked here. */
const AMPLE_MS = 60_000;

const home = mkdtempSync(join(tmpdir(), 'overmind-model-'));
let model: LocalModel;

beforeAll(async () => {
  model = await startLocalModel(join(home, 'model.log'));
}, 240_000);
afterAll(async () => {
  await model?.stop();
  rmSync(home, { recursive: true });
});

const local = () => aProvider(model.baseUrl, 'local', 'smollm2-135m');
/** One for all: to some, so small a model answers with reasons until it is cut. */
const question = aNewQuestion();
/** No server listens on this port. */
const away = () => aProvider('http://127.0.0.1:1/v1', 'primary', 'gone');

function expectAdvice(consultation: Consultation): void {
  expect(consultation).toMatchObject({ answered: true, by: 'local', model: 'smollm2-135m' });
  if (!consultation.answered) return;
  // The server held it to the schema; that its numbers are in range is the model's own doing.
  expect(readAdvice(consultation.said)).toEqual(consultation.advice);
}

describe('a model on this machine', () => {
  it(
    'gives advice of the schema through the adapter of all servers',
    async () => {
      const overlay = anOverlay([local()], { budgetMs: AMPLE_MS });
      const consultation = await overlay.consult(question);
      expectAdvice(consultation);
      expect(consultation).toMatchObject({ cached: false, failed: [] });
    },
    AMPLE_MS,
  );

  it(
    'advises where the first server is away, and the consultation says so',
    async () => {
      const overlay = anOverlay([away(), local()], { budgetMs: AMPLE_MS });
      const consultation = await overlay.consult(question);
      expectAdvice(consultation);
      expect(consultation.failed).toMatchObject([{ by: 'primary', reason: 'unreachable' }]);
    },
    AMPLE_MS,
  );

  it(
    'is let go at the end of the budget, and hears the next question',
    async () => {
      // Some fifty words from a processor take hundreds of milliseconds.
      const hurried = await anOverlay([local()], { budgetMs: 20 }).consult(question);
      expect(hurried).toMatchObject({ answered: false, reason: 'timeout' });
      const patient = anOverlay([local()], { budgetMs: AMPLE_MS });
      expectAdvice(await patient.consult(question));
    },
    2 * AMPLE_MS,
  );
});
