import { Redis } from 'ioredis';
import { OvermindError } from '../../domain/shared/errors.ts';

export type BusConnection = Redis;

export type BusOptions = {
  /** Shown in the server's client list. */
  readonly name: string;
  readonly password?: string | undefined;
  /** Told of every connection fault; ioredis reconnects by itself. */
  readonly onFault?: (error: Error) => void;
};

const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A reconnect is tried this soon: a bus that comes back must not wait on our backoff. */
const RETRY_MS = { step: 50, max: 500 };

/**
 * Nothing is ever sent twice or kept for later: a command whose reply is lost rejects, and that
 * means *unknown*, not *failed*. With ioredis' defaults one lost reply makes two stream entries.
 */
const SEND_ONCE = {
  protocol: 2, // Dragonfly answers a blocking XREAD differently under RESP3.
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) => Math.min(times * RETRY_MS.step, RETRY_MS.max),
} as const;

/** A connection for commands that answer at once. Rejects with `bus/unreachable`. */
export function connectBus(url: string, options: BusOptions): Promise<BusConnection> {
  // Without a timeout of its own a command on a dead socket would never settle.
  return open(url, options, { commandTimeout: COMMAND_TIMEOUT_MS });
}

/** A connection of one blocking reader, which watches over its own reads. */
export function connectBlocking(url: string, options: BusOptions): Promise<BusConnection> {
  return open(url, options, {});
}

async function open(
  url: string,
  { name, password, onFault }: BusOptions,
  extra: { readonly commandTimeout?: number },
): Promise<BusConnection> {
  const connection = new Redis(url, {
    ...SEND_ONCE,
    ...extra,
    connectionName: name,
    // Only in the options where given: an undefined one would hide the URL's own password.
    ...(password === undefined || new URL(url).password !== '' ? {} : { password }),
    ...(url.startsWith('rediss:') ? { tls: { minVersion: 'TLSv1.3' } } : {}),
  });
  // Without a listener ioredis prints to the console.
  connection.on('error', (error: Error) => onFault?.(error));
  try {
    await connection.connect();
    return connection;
  } catch (cause) {
    connection.disconnect();
    throw new OvermindError('bus/unreachable', { operation: `connect ${name}` }, { cause });
  }
}
