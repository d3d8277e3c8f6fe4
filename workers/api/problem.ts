import { z } from 'zod';
import { OvermindError } from '../../domain/shared/errors.ts';

export type Answer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One format for every refusal (RFC 9457); `code` is what programs may rely on. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable: a code never gets another meaning.'),
  detail: z.string().optional(),
  field: z.string().optional().describe('Of the body, such as signal.amount_in.'),
});

export type ProblemText = {
  readonly title: string;
  readonly detail?: string;
  readonly field?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(
  status: number,
  code: string,
  { title, detail, field, headers }: ProblemText,
): Answer {
  const said: z.infer<typeof problemSchema> = {
    ...{ type: 'about:blank', title, status, code },
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
  };
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify(said),
    ...(headers ? { headers } : {}),
  };
}

export const jsonAnswer = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

/** What an operating error looks like from outside; undefined for a bug, which stays inside. */
export function problemOf(error: unknown): Answer | undefined {
  if (!(error instanceof OvermindError)) return undefined;
  const { code, context } = error;
  const outside = code.replace('/', '-');
  if (code === 'input/invalid') {
    // The context of this very code.
    const { field, got, expected } = context as OvermindError<'input/invalid'>['context'];
    const detail = `got ${JSON.stringify(got)}, wants ${expected}`;
    return problem(400, 'invalid-input', { title: 'Unusable input', field, detail });
  }
  if (code === 'trade/unknown' || code === 'market/unknown') {
    const { hint, known } = context as { readonly hint?: string; readonly known?: string };
    return problem(404, outside, { title: 'Not known', detail: hint ?? `known: ${known}` });
  }
  if (code === 'payload/sealed') {
    const { fault } = context as OvermindError<'payload/sealed'>['context'];
    return problem(409, outside, { title: 'A payload cannot be opened', detail: fault });
  }
  // What is away comes again; what it said may hold an address, so the log keeps it.
  if (error.retryable) return problem(503, outside, { title: 'A part does not answer' });
  return undefined;
}
