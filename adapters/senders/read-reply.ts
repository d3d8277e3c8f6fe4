import type { HttpReply } from './http-reply-parser.ts';
import { REQUEST_ID } from './requests.ts';

/**
 * What an endpoint made of a transaction. Only `taken` says that it will try, and not even that
 * that it lands: the chain decides, and none of these closes a permit. `known`: it has landed or is
 * about to, by whatever road, so its status is to be looked up, which settlement does anyway.
 * `misdirected`: the answer to another question.
 */
export type Outcome =
  'taken' | 'known' | 'limited' | 'refused' | 'unavailable' | 'unreadable' | 'misdirected';

/** No answer to a transaction is nearly as long. Parsing takes the hot thread's time. */
const JSON_LETTERS_MAX = 16_384;
/** Too many requests: Jito's, Helius', QuickNode's. */
const LIMITED_CODES: readonly unknown[] = [-32097, -32429, -32007];
/** A node that is behind, or has no leader to send to. */
const UNAVAILABLE_CODES: readonly unknown[] = [-32005, -32004];
const KNOWN = /already.{0,6}processed|AlreadyProcessed/i;

const PAUSE_MS = { unsaid: 1_000, max: 30_000 };

type Answer = { readonly id?: unknown; readonly result?: unknown; readonly error?: unknown };

export function outcomeOf({ status, body }: HttpReply): Outcome {
  if (status === 429) return 'limited';
  if (status >= 500) return 'unavailable';
  const answer = answerIn(body);
  if (!answer) return status >= 400 ? 'refused' : 'unreadable';
  if (answer.error !== undefined && answer.error !== null) {
    // Whoever could not read a request cannot repeat its id.
    const isOurs = answer.id === REQUEST_ID || answer.id === null || answer.id === undefined;
    return isOurs ? outcomeOfError(answer.error) : 'misdirected';
  }
  if (typeof answer.result !== 'string') return 'unreadable';
  return answer.id === REQUEST_ID ? 'taken' : 'misdirected';
}

/** For how long the endpoint wants to be left alone; undefined: it has not said that it does. */
export function pauseMsOf(
  { status, retryAfter }: HttpReply,
  outcome: Outcome,
  nowMs: number,
): number | undefined {
  if (status !== 429 && outcome !== 'limited' && retryAfter === undefined) return undefined;
  if (retryAfter === undefined) return PAUSE_MS.unsaid;
  const asked = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : Date.parse(retryAfter) - nowMs;
  if (Number.isNaN(asked)) return PAUSE_MS.unsaid;
  // A pause of hours would be a fault of theirs, or a way to silence us.
  return Math.min(Math.max(asked, 0), PAUSE_MS.max);
}

function outcomeOfError(error: unknown): Outcome {
  const { code, message } = fieldsOf(error);
  const text = typeof error === 'string' ? error : typeof message === 'string' ? message : '';
  if (KNOWN.test(text) || JSON.stringify(error).includes('"AlreadyProcessed"')) return 'known';
  if (LIMITED_CODES.includes(code)) return 'limited';
  return UNAVAILABLE_CODES.includes(code) ? 'unavailable' : 'refused';
}

function answerIn(body: string): Answer | undefined {
  if (body.length > JSON_LETTERS_MAX) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? parsed
      : undefined;
  } catch {
    return undefined; // HTML of a proxy, or half an answer.
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
