/** JSON-RPC error codes as Agave and Jito use them. */
export const RPC = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  preflight: -32002,
  signature: -32003,
  limited: -32005,
  version: -32015,
} as const;

/** What a client is answered instead of a result. */
export class RpcFault extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcFault';
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (message: string): RpcFault =>
  new RpcFault(RPC.invalidParams, message);
