import { OvermindError } from '../../domain/shared/errors.ts';

type Reply<Result> = {
  readonly result?: Result;
  readonly error?: { readonly code: number; readonly message: string };
};

const TIMEOUT_MS = 2_000;

/**
 * One JSON-RPC call over HTTP; never repeated by itself. Throws `chain/unreachable` when there was
 * no usable answer and `chain/refused` when the node said no.
 */
export async function callRpc<Result>(
  url: string,
  method: string,
  params: readonly unknown[],
  timeoutMs: number = TIMEOUT_MS,
): Promise<Result> {
  let reply: Reply<Result>;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The caller names the result type of the method it calls.
    reply = (await response.json()) as Reply<Result>;
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw new OvermindError('chain/unreachable', { url: originOf(url), method, fault }, { cause });
  }
  if (reply.error) {
    const { code, message } = reply.error;
    throw new OvermindError('chain/refused', { method, code, message });
  }
  if (reply.result === undefined) {
    const fault = 'neither result nor error in the answer';
    throw new OvermindError('chain/unreachable', { url: originOf(url), method, fault });
  }
  return reply.result;
}

/** Providers carry the API key in path or query; it must not reach a log. */
function originOf(url: string): string {
  return new URL(url).origin;
}
