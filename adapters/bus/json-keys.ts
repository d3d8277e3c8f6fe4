import { OvermindError } from '../../domain/shared/errors.ts';
import type { BusConnection } from './connect.ts';
import { asBusError } from './stream-writer.ts';

/** The JSON value of a key, or undefined where there is none. */
export async function readJson<Value>(
  connection: BusConnection,
  key: string,
): Promise<Value | undefined> {
  const text = await connection.get(key).catch((cause: unknown) => {
    throw asBusError(`GET ${key}`, cause);
  });
  if (text === null) return undefined;
  try {
    // Both ends of the bus are ours; the writer's type is the reader's.
    return JSON.parse(text) as Value;
  } catch (cause) {
    throw new OvermindError('bus/corrupt', { stream: key, id: '', fault: 'not JSON' }, { cause });
  }
}

export async function writeJson(
  connection: BusConnection,
  key: string,
  value: unknown,
): Promise<void> {
  await connection.set(key, JSON.stringify(value)).catch((cause: unknown) => {
    throw asBusError(`SET ${key}`, cause);
  });
}
