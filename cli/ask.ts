import { OvermindError } from '../domain/shared/errors.ts';

/** What one source said, or why it said nothing: the others are shown all the same. */
export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: string };

export async function ask<Value>(
  source: (() => Promise<Value>) | undefined,
  limitMs: number,
): Promise<Answer<Value>> {
  if (!source) return { ok: false, fault: 'no address is known' };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${limitMs} ms`)), limitMs);
  });
  try {
    return { ok: true, value: await Promise.race([source(), late]) };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Why, in a few words; a driver's own text may be long. */
export function faultOf(error: unknown): string {
  if (error instanceof OvermindError) {
    const { fault, afterMs } = error.context as Record<string, unknown>; // Where the code has one.
    if (typeof fault === 'string' && fault !== '') return fault;
    if (typeof afterMs === 'number') return `no answer in ${afterMs} ms`;
    return error.code;
  }
  // What `fetch` throws says nothing itself.
  if (error instanceof TypeError && error.cause !== undefined) return faultOf(error.cause);
  if (error instanceof AggregateError) return error.errors.map(faultOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
