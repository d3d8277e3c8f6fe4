import { Connection } from '@temporalio/client';

const CONNECT_LIMIT_MS = 10_000;

/** The client's connection. Workers open a native one of their own. */
export function connectTemporal(
  address: string,
  connectLimitMs = CONNECT_LIMIT_MS,
): Promise<Connection> {
  return Connection.connect({ address, connectTimeout: connectLimitMs });
}
