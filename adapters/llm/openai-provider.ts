import OpenAI from 'openai';
import { z } from 'zod';
import type { Prompt } from '../../domain/analysis/advice-prompt.ts';
import type { ProviderRole } from '../../domain/analysis/consultation.ts';
import { ADVICE_FORMAT, readAdvice } from './advice-schema.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { Provider, Reply } from './provider.ts';

export type OpenAiProviderOptions = {
  readonly by: ProviderRole;
  /** With its version, such as `http://127.0.0.1:8080/v1`. */
  readonly baseUrl: string;
  /** Undefined: the server wants none. */
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly prices: TokenPrices;
  /** A TensorZero gateway: the model is one of its functions, and it keeps what was said. */
  readonly isTensorZero?: boolean;
};

/** Millionths of a dollar for a million tokens. */
export type TokenPrices = { readonly input: bigint; readonly output: bigint };

/** An answer takes about 40; a model that talks is cut, and a cut answer is none. */
const ANSWER_TOKENS_MAX = 300;
/** What a server may add to a prompt: roles, separators, the schema. */
const OVERHEAD_TOKENS = 1_000;
/** Of an answer's own text this much is kept. */
const SAID_LENGTH_MAX = 1_000;
const FAULT_LENGTH_MAX = 200;

/** What is read of a completion. Whoever answers may leave out anything and add anything. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) })
    .nullish()
    .catch(undefined),
  /** Of a TensorZero gateway. */
  episode_id: z.uuid().optional().catch(undefined),
});
type Completion = z.infer<typeof completionSchema>;

export function createOpenAiProvider(options: OpenAiProviderOptions): Provider {
  const { by, baseUrl, model, prices } = options;
  // Retries are ours to decide: the client's own would outlast every budget. What the client would
  // take from the environment is set here, so that only our configuration counts.
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: options.apiKey ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: boundedFetch,
  });
  const body = (prompt: Prompt) => ({
    model,
    messages: [
      { role: 'system' as const, content: prompt.rules },
      { role: 'user' as const, content: prompt.state },
    ],
    response_format: ADVICE_FORMAT,
    ...(by === 'local'
      ? { max_tokens: ANSWER_TOKENS_MAX }
      : { max_completion_tokens: ANSWER_TOKENS_MAX }),
    // These think by default, for longer than any budget here.
    ...(model.startsWith('gpt-6') ? { reasoning_effort: 'none' as const } : {}),
    ...(options.isTensorZero ? { 'tensorzero::tags': { prompt_version: prompt.version } } : {}),
  });

  return {
    by,
    model,
    async ask(prompt, signal) {
      try {
        const reply: unknown = await client.chat.completions.create(body(prompt), { signal });
        return replyOf(reply, prices);
      } catch (error) {
        return faultOf(error, signal);
      }
    },
    costMax({ rules, state }) {
      // A token is never shorter than a byte.
      const input = Buffer.byteLength(rules) + Buffer.byteLength(state) + OVERHEAD_TOKENS;
      return costOf({ prompt_tokens: input, completion_tokens: ANSWER_TOKENS_MAX }, prices);
    },
  };
}

function replyOf(reply: unknown, prices: TokenPrices): Reply {
  const parsed = completionSchema.safeParse(reply);
  if (!parsed.success) {
    return { kind: 'fault', reason: 'invalid-answer', fault: 'no completion', ...UNTOLD };
  }
  const { choices, usage, episode_id: episodeId } = parsed.data;
  const costMicroUsd = usage ? costOf(usage, prices) : undefined;
  const [choice] = choices;
  const { content, refusal } = choice?.message ?? {};
  const fault = (reason: 'refused' | 'invalid-answer', text: string): Reply => ({
    kind: 'fault',
    reason,
    fault: text.slice(0, FAULT_LENGTH_MAX),
    costMicroUsd,
  });
  if (refusal) return fault('refused', refusal);
  if (choice?.finish_reason === 'content_filter') return fault('refused', 'content filter');
  if (choice?.finish_reason === 'length') return fault('invalid-answer', 'cut at its length');
  const advice = readAdvice(content ?? '');
  if ('fault' in advice) return fault('invalid-answer', advice.fault);
  const said = (content ?? '').slice(0, SAID_LENGTH_MAX);
  return { kind: 'advice', advice, said, costMicroUsd, ...(episodeId ? { episodeId } : {}) };
}

const UNTOLD = { costMicroUsd: undefined };
/** The server had not begun to answer, or says itself that it did not. */
const FREE = { costMicroUsd: 0 };

function faultOf(error: unknown, signal: AbortSignal): Reply {
  if (signal.aborted) {
    return { kind: 'fault', reason: 'timeout', fault: 'no answer in time', ...UNTOLD };
  }
  if (error instanceof OpenAI.APIConnectionError) {
    return { kind: 'fault', reason: 'unreachable', fault: 'no connection', ...UNTOLD };
  }
  if (error instanceof OpenAI.APIError && error.status !== undefined) {
    const reason = error.status === 429 ? 'rate-limited' : 'unreachable';
    return { kind: 'fault', reason, fault: `HTTP ${error.status}`, ...FREE };
  }
  // A body that is no JSON, or too long a one, is thrown as it is by whoever read it.
  const fault = error instanceof Error ? error.name : 'unknown';
  return { kind: 'fault', reason: 'invalid-answer', fault, ...UNTOLD };
}

/** Rounded up: the cap must not lose a part of each call. */
function costOf(usage: NonNullable<Completion['usage']>, prices: TokenPrices): number {
  const { prompt_tokens: input, completion_tokens: output } = usage;
  const millionths = BigInt(input) * prices.input + BigInt(output) * prices.output;
  return Number((millionths + 999_999n) / 1_000_000n);
}
