import { RPC, RpcFault } from '../rpc-fault.ts';
import type { Caller, Methods } from './methods.ts';
import { readParams } from './params.ts';

export type Reply = {
  readonly jsonrpc: '2.0';
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
};

const BATCH_MAX = 1_000;

/** Answers one request or a batch. Undefined: only notifications came, which get no answer. */
export function answer(
  methods: Methods,
  body: string,
  caller: Caller,
): Reply | readonly Reply[] | undefined {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return failure(null, new RpcFault(RPC.parse, 'Parse error'));
  }
  if (!Array.isArray(request)) return answerOne(methods, request, caller);
  if (request.length === 0 || request.length > BATCH_MAX) {
    return failure(null, new RpcFault(RPC.invalidRequest, 'Invalid request'));
  }
  const replies = request.flatMap((one) => answerOne(methods, one, caller) ?? []);
  return replies.length === 0 ? undefined : replies;
}

function answerOne(methods: Methods, request: unknown, caller: Caller): Reply | undefined {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return failure(null, new RpcFault(RPC.invalidRequest, 'Invalid request'));
  }
  const { id, method, params } = request as Record<string, unknown>; // An object, as tested above.
  if (id === undefined) return undefined; // A notification, such as web3.js's ping.
  try {
    if (typeof method !== 'string') throw new RpcFault(RPC.invalidRequest, 'Invalid request');
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!run) throw new RpcFault(RPC.unknownMethod, 'Method not found');
    if (caller.refuses(method)) {
      throw new RpcFault(RPC.limited, 'Too many requests for a specific RPC call');
    }
    return { jsonrpc: '2.0', id, result: run(readParams(params), caller) };
  } catch (error) {
    // Anything else is a bug of ours: it ends the process rather than pass for a refusal.
    if (!(error instanceof RpcFault)) throw error;
    return failure(id, error);
  }
}

export function failure(id: unknown, { code, message, data }: RpcFault): Reply {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}
