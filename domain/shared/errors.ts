/** What each code carries. To add an error, add a line here. */
type ErrorContextByCode = {
  'bus/unreachable': { readonly operation: string };
  'bus/corrupt': { readonly stream: string; readonly id: string; readonly fault: string };
  'chain/unreachable': { readonly url: string; readonly method: string; readonly fault: string };
  'chain/refused': { readonly method: string; readonly code: number; readonly message: string };
  'chain/wrong-cluster': { readonly genesisHash: string; readonly expected: string };
  'chain/unreadable': { readonly account: string; readonly fault: string };
  'config/invalid': { readonly faults: string };
  'control/refused': { readonly faults: string };
  'execution/invalid-template': { readonly market: string; readonly fault: string };
  'gateway/refused': { readonly url: string; readonly fault: string };
  'input/invalid': { readonly field: string; readonly got: string; readonly expected: string };
  'journal/corrupt': { readonly path: string; readonly fault: string };
  'journal/unwritable': { readonly path: string; readonly fault: string };
  'ledger/conflict': { readonly operation: string; readonly fault: string };
  'ledger/unreachable': { readonly operation: string; readonly fault: string };
  'market/unknown': { readonly market: string; readonly known: string };
  'memory/unknown': { readonly asked: string; readonly runId: string };
  'memory/unreachable': { readonly operation: string; readonly fault: string };
  'memory/unready': { readonly market: string; readonly wantedMs: number; readonly fault: string };
  'payload/sealed': { readonly about: string; readonly fault: string };
  'permit/unreadable': { readonly fault: string };
  'recording/invalid': { readonly file: string; readonly line: number; readonly fault: string };
  'run/unfinished': { readonly runId: string; readonly fault: string };
  'server/missing': { readonly server: string; readonly ways: string };
  'server/failed': { readonly server: string; readonly fault: string };
  'settlement/mismatch': { readonly permitId: string; readonly fault: string };
  'simnet/state-corrupt': { readonly path: string; readonly fault: string };
  'simnet/state-foreign': { readonly path: string; readonly fault: string };
  'simnet/state-unwritable': { readonly path: string; readonly fault: string };
  'socket/unreachable': { readonly address: string; readonly fault: string };
  'socket/refused': { readonly method: string; readonly fault: string };
  'socket/timeout': { readonly method: string; readonly afterMs: number };
  'system/unreachable': { readonly looked: string };
  'temporal/unreachable': { readonly operation: string; readonly fault: string };
  'trade/unknown': { readonly asked: string; readonly hint: string };
};

export type ErrorCode = keyof ErrorContextByCode;

/** Codes worth another try. Everything else is final. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'bus/unreachable',
  'chain/unreachable',
  'ledger/unreachable',
  'memory/unreachable',
  'socket/unreachable',
  'socket/timeout',
  'temporal/unreachable',
]);

/** An operating error: expected in production, handled by its code, never by its text. */
export class OvermindError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly context: ErrorContextByCode[Code];

  constructor(code: Code, context: ErrorContextByCode[Code], options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(context)}`, options);
    this.name = 'OvermindError';
    this.code = code;
    this.context = context;
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}
