import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOpenAiProvider } from '../../../adapters/llm/openai-provider.ts';
import { createTensorZeroFeedback } from '../../../adapters/llm/tensorzero-feedback.ts';
import { loadConfig } from '../../../config/config.ts';
import { aCompletion } from '../../support/llm-server.ts';
import { aNewQuestion, anOverlay } from '../../support/overlays.ts';

/*
 * The part of a TensorZero gateway's HTTP surface that is used: chat completions of a function under
 * /openai/v1, and /feedback for an episode. It refuses what the real one refuses: unknown functions,
 * metrics and episodes, and fields that it does not know.
 */

const EPISODE = '0192ced0-947e-74b3-a3d7-02fd2c54d637';
/** Of those that it adds to a chat completion. */
const OWN_FIELDS = ['episode_id', 'tags', 'variant_name', 'dryrun'].map(
  (name) => `tensorzero::${name}`,
);
const FEEDBACK_FIELDS = ['episode_id', 'inference_id', 'metric_name', 'value', 'tags', 'dryrun'];

let server: Server;
let url: string;
let asked: Record<string, unknown>[] = [];
let told: Record<string, unknown>[] = [];

function answer(request: IncomingMessage, body: Record<string, unknown>, response: ServerResponse) {
  const say = (status: number, text: string): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  if (request.url === '/openai/v1/chat/completions') {
    asked.push(body);
    const own = Object.keys(body).filter((field) => field.startsWith('tensorzero::'));
    if (!own.every((field) => OWN_FIELDS.includes(field))) return say(400, '{"error":"field"}');
    if (body['model'] !== 'tensorzero::function_name::decide')
      return say(404, '{"error":"function"}');
    const content = '{"verdict":"veto","reasons":["edge-thin"],"confidence":61}';
    return say(200, aCompletion({ content }, { episode_id: EPISODE }));
  }
  if (request.url === '/feedback') {
    const isKnown = Object.keys(body).every((field) => FEEDBACK_FIELDS.includes(field));
    if (!isKnown || body['metric_name'] !== 'pnl_bps') return say(400, '{"error":"metric"}');
    if (body['episode_id'] !== EPISODE) return say(404, '{"error":"episode"}');
    if (typeof body['value'] !== 'number') return say(400, '{"error":"value"}');
    told.push(body);
    return say(200, '{"feedback_id":"0192ced0-9486-7491-9b4f-2b4e2e2d3f3f"}');
  }
  return say(404, '{}');
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => answer(request, JSON.parse(text) as Record<string, unknown>, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  told = [];
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const overlayOf = (env: Readonly<Record<string, string>>) => {
  const { providers } = loadConfig(env).ai.overlay;
  return anOverlay(providers.map(createOpenAiProvider));
};

describe('a TensorZero gateway', () => {
  it('is asked in place of the first server, by its function, with the version of the words', async () => {
    const env = { OVERMIND_TENSORZERO_URL: url, OVERMIND_LLM_URL: 'http://127.0.0.1:1/v1' };
    const consultation = await overlayOf(env).consult(aNewQuestion());
    expect(consultation).toMatchObject({
      ...{ answered: true, by: 'primary', model: 'tensorzero::function_name::decide' },
      ...{ advice: { verdict: 'veto' }, episodeId: EPISODE, failed: [] },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      'tensorzero::tags': { prompt_version: 'advice_v1' },
      response_format: { type: 'json_schema' },
      max_completion_tokens: 300,
    });
  });

  it('that lacks the function leaves the question to the next server', async () => {
    const env = {
      OVERMIND_TENSORZERO_URL: `${url}/`,
      OVERMIND_TENSORZERO_FUNCTION: 'other',
      OVERMIND_LLM_LOCAL_URL: 'http://127.0.0.1:1/v1',
    };
    const { answered, failed } = await overlayOf(env).consult(aNewQuestion());
    expect(answered).toBe(false);
    expect(failed.map(({ by, fault }) => [by, fault])).toEqual([
      ['primary', 'HTTP 404'],
      ['local', 'no connection'],
    ]);
  });

  it('is told what a trade earned, and its refusal is named', async () => {
    const send = createTensorZeroFeedback(url);
    const tags = { signal_id: 's1' };
    await send({ episodeId: EPISODE, returnBps: -12.5, tags });
    expect(told).toEqual([{ episode_id: EPISODE, metric_name: 'pnl_bps', value: -12.5, tags }]);
    const unknown = send({ episodeId: EPISODE.replace('0192', '0193'), returnBps: 1, tags });
    await expect(unknown).rejects.toMatchObject({
      code: 'gateway/refused',
      context: { fault: 'HTTP 404' },
    });
    const nowhere = createTensorZeroFeedback('http://127.0.0.1:1')({
      ...{ episodeId: EPISODE, returnBps: 1, tags },
    });
    await expect(nowhere).rejects.toMatchObject({ code: 'gateway/refused' });
  });

  it.each([
    [{}, undefined],
    [{ OVERMIND_TENSORZERO_URL: 'http://tz:3000' }, undefined],
    [{ OVERMIND_TENSORZERO_FEEDBACK: 'on' }, undefined],
    [
      { OVERMIND_TENSORZERO_URL: 'http://tz:3000', OVERMIND_TENSORZERO_FEEDBACK: 'on' },
      { feedbackUrl: 'http://tz:3000' },
    ],
  ])('is told nothing unless both are asked for: %j', (env, gateway) => {
    expect(loadConfig(env).ai.gateway).toEqual(gateway);
  });
});
