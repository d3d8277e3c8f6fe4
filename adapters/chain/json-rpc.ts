import { createRpcClient } from './rpc-client.ts';

const TIMEOUT_MS = 2_000;

/** One call without a client of its own, for pollers and start-up. Never repeated by itself. */
export function callRpc<Result>(
  url: string,
  method: string,
  params: readonly unknown[],
  timeoutMs: number = TIMEOUT_MS,
): Promise<Result> {
  return createRpcClient({ url, timeoutMs }).call<Result>(method, params);
}
