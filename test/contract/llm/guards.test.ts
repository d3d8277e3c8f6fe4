import { afterEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../../adapters/llm/provider.ts';
import type { Consultation, Overlay } from '../../../domain/analysis/consultation.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../../support/llm-server.ts';
import { aNewQuestion, anOverlay, aProvider, COST_MICRO_USD } from '../../support/overlays.ts';

const ADVICE = '{"verdict":"confirm","reasons":["evidence-agrees"],"confidence":80}';
const advising = saying(aCompletion({ content: ADVICE }));

const servers: LlmServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function started(...args: Parameters<typeof llmServer>): Promise<LlmServer> {
  const server = await llmServer(...args);
  servers.push(server);
  return server;
}

const later =
  (ms: number): Parameters<typeof llmServer>[0] =>
  (response) =>
    void setTimeout(() => advising(response), ms);

async function askedTimes(overlay: Overlay, times: number): Promise<Consultation[]> {
  const all: Consultation[] = [];
  for (let time = 0; time < times; time += 1) all.push(await overlay.consult(aNewQuestion()));
  return all;
}

describe('the order of providers', () => {
  it('goes from the first to the second to the local one, and says who answered', async () => {
    const first = await started(saying('{}', 503));
    const second = await started(saying(aCompletion({ content: 'words' })));
    const local = await started(advising);
    const overlay = anOverlay([
      aProvider(first.url),
      aProvider(second.url, 'second', 'other-model'),
      aProvider(local.url, 'local', 'own-model'),
    ]);
    expect(await overlay.consult(aNewQuestion())).toMatchObject({
      answered: true,
      by: 'local',
      model: 'own-model',
      failed: [
        { by: 'primary', model: 'small-model', reason: 'unreachable' },
        { by: 'second', model: 'other-model', reason: 'invalid-answer' },
      ],
    });
  });

  it('ends without advice when all have failed, with the first one’s reason', async () => {
    const first = await started(saying('{}', 429));
    const second = await started(saying('{}', 503));
    const overlay = anOverlay([aProvider(first.url), aProvider(second.url, 'second')]);
    const consultation = await overlay.consult(aNewQuestion());
    expect(consultation).toMatchObject({ answered: false, reason: 'rate-limited' });
    expect(consultation.failed).toHaveLength(2);
  });
});

describe('a hedge', () => {
  it('asks the second beside a slow first, and pays for both', async () => {
    const slow = await started(later(1_200));
    const fast = await started(advising);
    const overlay = anOverlay([aProvider(slow.url), aProvider(fast.url, 'second')], {
      budgetMs: 600,
    });
    const consultation = await overlay.consult(aNewQuestion());
    expect(consultation).toMatchObject({
      answered: true,
      by: 'second',
      failed: [{ by: 'primary', reason: 'timeout' }],
    });
    expect(consultation.costMicroUsd).toBeGreaterThan(COST_MICRO_USD);
  });

  it('is rare: one at first, then one in ten questions', async () => {
    const slow = await started(() => undefined);
    const fast = await started(advising);
    const slowly: Provider = aProvider(slow.url);
    const overlay = anOverlay([slowly, aProvider(fast.url, 'second')], { budgetMs: 400 });
    const all = await askedTimes(overlay, 4);
    expect(all.map(({ answered }) => answered)).toEqual([true, false, false, false]);
    expect(fast.asked).toHaveLength(1);
  });
});

describe('the breaker', () => {
  it('opens after five failures, tries one request half a minute later, and closes on success', async () => {
    let up = false;
    const server = await started((response) =>
      up ? advising(response) : saying('{}', 503)(response),
    );
    let nowMs = 0;
    const overlay = anOverlay([aProvider(server.url)], { monotonicMs: () => nowMs });
    const reasonsOf = (all: readonly Consultation[]) =>
      all.map((one) => (one.answered ? 'answered' : one.reason));

    expect(reasonsOf(await askedTimes(overlay, 6))).toEqual([
      ...Array.from({ length: 5 }, () => 'unreachable'),
      'breaker-open',
    ]);
    expect(server.asked).toHaveLength(5);

    nowMs = 30_000; // The probe fails, and it is closed for as long again.
    expect(reasonsOf(await askedTimes(overlay, 2))).toEqual(['unreachable', 'breaker-open']);
    nowMs = 59_999;
    expect(reasonsOf(await askedTimes(overlay, 1))).toEqual(['breaker-open']);

    up = true;
    nowMs = 60_000;
    const both = [overlay.consult(aNewQuestion()), overlay.consult(aNewQuestion())];
    expect(reasonsOf(await Promise.all(both))).toEqual(['answered', 'breaker-open']);
    expect(reasonsOf(await askedTimes(overlay, 2))).toEqual(['answered', 'answered']);
  });

  it('counts no refusal: the server is well', async () => {
    const server = await started(saying(aCompletion({ refusal: 'no' })));
    await askedTimes(anOverlay([aProvider(server.url)]), 7);
    expect(server.asked).toHaveLength(7);
  });
});

describe('the day’s cap', () => {
  it('withholds what could pass it, and is new on the next UTC day', async () => {
    const server = await started(advising);
    const provider = aProvider(server.url);
    let wallMs = Date.UTC(2026, 10, 26, 23, 59, 59);
    const overlay = anOverlay([provider], { dailyMicroUsdMax: 700, wallMs: () => wallMs });
    const all = await askedTimes(overlay, 4);
    const answered = all.filter((one) => one.answered).length;
    expect(answered).toBeGreaterThanOrEqual(1);
    expect(all.at(-1)).toMatchObject({ answered: false, reason: 'cap-spent', costMicroUsd: 0 });
    expect(server.asked).toHaveLength(answered);
    wallMs += 1_000;
    expect((await overlay.consult(aNewQuestion())).answered).toBe(true);
  });

  it('counts aborted requests at their worst case', async () => {
    const server = await started(() => undefined);
    const overlay = anOverlay([aProvider(server.url)], { dailyMicroUsdMax: 800, budgetMs: 50 });
    const all = await askedTimes(overlay, 3);
    expect(all.map((one) => !one.answered && one.reason)).toEqual([
      'timeout',
      'cap-spent',
      'cap-spent',
    ]);
  });
});

describe('the limit of requests a minute', () => {
  it('holds in every minute', async () => {
    const server = await started(advising);
    let nowMs = 500_000;
    const overlay = anOverlay([aProvider(server.url)], {
      requestsPerMinuteMax: 2,
      monotonicMs: () => nowMs,
    });
    const all = await askedTimes(overlay, 3);
    expect(all[2]).toMatchObject({ answered: false, reason: 'rate-limited' });
    nowMs += 59_000;
    expect((await overlay.consult(aNewQuestion())).answered).toBe(false);
    nowMs += 2_000;
    expect((await overlay.consult(aNewQuestion())).answered).toBe(true);
    expect(server.asked).toHaveLength(3);
  });
});

describe('an answer', () => {
  it('is kept for the same prompt, free and at once', async () => {
    const server = await started(advising);
    const overlay = anOverlay([aProvider(server.url)]);
    const question = aNewQuestion();
    const first = await overlay.consult(question);
    const again = await overlay.consult(question);
    expect(again).toEqual({ ...first, cached: true, latencyMs: 0, costMicroUsd: 0 });
    expect(server.asked).toHaveLength(1);
  });

  it('is not kept where there was none', async () => {
    const server = await started(saying('{}', 503));
    const overlay = anOverlay([aProvider(server.url)]);
    const question = aNewQuestion();
    await overlay.consult(question);
    await overlay.consult(question);
    expect(server.asked).toHaveLength(2);
  });
});
