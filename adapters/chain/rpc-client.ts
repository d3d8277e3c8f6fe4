import { OvermindError } from '../../domain/shared/errors.ts';

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };

export type RpcClient = {
  /** Host and port; never the path, which may hold a provider's key. */
  readonly origin: string;
  /** Rejects with `chain/unreachable` (worth another try) or `chain/refused`. Never re-sends. */
  call<Result>(method: string, params: readonly unknown[]): Promise<Result>;
  /** Several calls in one request, so that they are answered close together. */
  batch(calls: readonly RpcCall[]): Promise<readonly unknown[]>;
};

export type RpcClientOptions = { readonly url: string; readonly timeoutMs: number };

/** Codes that say "not now": too many requests, node behind or unhealthy, slot not there yet. */
const NOT_NOW: ReadonlySet<number> = new Set([-32005, -32004, -32014, -32016]);

type Reply = {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
};

/** JSON-RPC over the connections that `fetch` keeps alive. */
export function createRpcClient({ url, timeoutMs }: RpcClientOptions): RpcClient {
  const origin = new URL(url).host;
  let nextId = 1;

  const unreachable = (method: string, fault: string, cause?: unknown): OvermindError =>
    new OvermindError('chain/unreachable', { url: origin, method, fault }, { cause });

  const post = async (method: string, body: unknown): Promise<unknown> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      // Some nodes refuse with a status and a JSON body, some only with a status.
      if (!response.ok && !text.startsWith('{')) throw new Error(`HTTP ${response.status}`);
      return JSON.parse(text) as unknown;
    } catch (error) {
      const { message, cause } = error as Error; // `fetch` and `JSON.parse` throw nothing else.
      const inner = cause instanceof Error ? `: ${cause.message}` : '';
      throw unreachable(method, `${message}${inner}`, error);
    }
  };

  const resultOf = (method: string, reply: Reply | undefined): unknown => {
    if (reply?.error) {
      const code = Number(reply.error.code);
      const message = String(reply.error.message);
      if (NOT_NOW.has(code)) throw unreachable(method, `${code} ${message}`);
      throw new OvermindError('chain/refused', { method, code, message });
    }
    if (!reply || reply.result === undefined) throw unreachable(method, 'no result in the reply');
    return reply.result;
  };

  return {
    origin,
    async call<Result>(method: string, params: readonly unknown[]): Promise<Result> {
      const reply = await post(method, { jsonrpc: '2.0', id: nextId++, method, params });
      // The caller names the result of the method it called and checks what it relies on.
      return resultOf(method, reply as Reply) as Result;
    },
    async batch(calls): Promise<readonly unknown[]> {
      const first = nextId;
      nextId += calls.length;
      const methods = calls.map(({ method }) => method).join(', ');
      const requests = calls.map((call, index) => ({ jsonrpc: '2.0', id: first + index, ...call }));
      const replies = await post(methods, requests);
      if (!Array.isArray(replies)) return [resultOf(methods, replies as Reply)];
      return calls.map(({ method }, index) =>
        resultOf(
          method,
          (replies as readonly Reply[]).find(({ id }) => id === first + index),
        ),
      );
    },
  };
}
