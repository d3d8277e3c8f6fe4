import { OvermindError } from '../../domain/shared/errors.ts';

export type StreamEntry = {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
};

type RawEntry = readonly [id: string, pairs: readonly string[] | null];
type RawReply = readonly (readonly [stream: string, entries: readonly RawEntry[]])[] | null;

/**
 * Entries of an XREAD or XREADGROUP reply of one stream. A woken read may come back empty. An
 * entry that was trimmed while pending has no fields.
 */
export function entriesOf(reply: unknown): readonly StreamEntry[] {
  // The shape of XREAD's RESP2 reply; ioredis types it as unknown.
  const streams = reply as RawReply;
  return (streams?.[0]?.[1] ?? []).map(([id, pairs]) => ({ id, fields: fieldsOf(pairs ?? []) }));
}

function fieldsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < pairs.length; at += 2) fields[pairs[at] ?? ''] = pairs[at + 1] ?? '';
  return fields;
}

/** The JSON value in one field of an entry. Throws `bus/corrupt` when it is absent or unreadable. */
export function valueOf<Value>(stream: string, entry: StreamEntry, field: string): Value {
  const text = entry.fields[field];
  if (text === undefined) {
    throw new OvermindError('bus/corrupt', { stream, id: entry.id, fault: `no field ${field}` });
  }
  try {
    // Both ends of the bus are ours; the writer's type is the reader's.
    return JSON.parse(text) as Value;
  } catch (cause) {
    const fault = `field ${field} is not JSON`;
    throw new OvermindError('bus/corrupt', { stream, id: entry.id, fault }, { cause });
  }
}
