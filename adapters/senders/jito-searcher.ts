import {
  ChannelCredentials,
  InterceptingCall,
  status,
  type ClientReadableStream,
  type Interceptor,
} from '@grpc/grpc-js';
import type { BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';
import { SearcherServiceClient } from 'jito-ts/dist/gen/block-engine/searcher.js';
import { SearcherClient } from 'jito-ts/dist/sdk/block-engine/searcher.js';
import { Bundle } from 'jito-ts/dist/sdk/block-engine/types.js';
import { VersionedTransaction } from '@solana/web3.js';
import { OvermindError } from '../../domain/shared/errors.ts';
import { hintOf, type BundleHint } from './bundle-hint.ts';

export type JitoSearcherOptions = {
  /** `http://` goes without TLS: simnet's. */
  readonly url: string;
  readonly deadlineMs?: number;
  /** First and longest pause before a broken result stream is opened again. */
  readonly reopenMs?: { readonly first: number; readonly max: number };
  readonly onFault: (error: OvermindError) => void;
};

export type NextLeader = { readonly slot: number; readonly identity: string };

export type JitoSearcher = {
  readonly requestTipAccounts: () => Promise<readonly string[]>;
  readonly requestNextLeader: () => Promise<NextLeader>;
  /** Answers with the bundle's id: it was received, which says nothing of landing. */
  readonly submitBundle: (wires: readonly Uint8Array[]) => Promise<string>;
  /** Opens the stream again whenever it breaks; what was said meanwhile is lost. */
  readonly watchResults: (onHint: (hint: BundleHint) => void) => void;
  readonly close: () => void;
};

const DEADLINE_MS = 2_000;
const REOPEN_MS = { first: 500, max: 30_000 };
const BUNDLE_TRANSACTIONS_MAX = 5;
/** A peer that is gone without a word is found out by these pings. */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 20_000, 'grpc.keepalive_timeout_ms': 5_000 };

/** Codes that say that it was heard and will not be otherwise next time. */
const FINAL: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
]);

/** Of jito-ts: its errors are values, so its retries never happen, and only a hang would last. */
type JitoResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Error };

/** A block engine's searcher service through jito-ts, off the path of a permit. */
export function createJitoSearcher(options: JitoSearcherOptions): JitoSearcher {
  const { protocol, host, hostname, port } = new URL(options.url);
  const secure = protocol === 'https:';
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const service = new SearcherServiceClient(
    port === '' ? `${hostname}:${secure ? 443 : 80}` : host,
    secure ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure(),
    { ...KEEPALIVE, interceptors: [withDeadline(deadlineMs)] },
  );
  const client = new SearcherClient(service);

  const valueOf = async <Value>(
    method: string,
    asked: Promise<JitoResult<Value>>,
  ): Promise<Value> => {
    const result = await asked;
    if (result.ok) return result.value;
    throw wrapped(host, method, result.error);
  };
  const results = createResultStream(service, { ...options, host });

  return {
    requestTipAccounts: () => valueOf('getTipAccounts', client.getTipAccounts()),
    async requestNextLeader() {
      const next = await valueOf('getNextScheduledLeader', client.getNextScheduledLeader());
      return { slot: next.nextLeaderSlot, identity: next.nextLeaderIdentity };
    },
    async submitBundle(wires) {
      const transactions = wires.map((wire) => VersionedTransaction.deserialize(wire));
      const bundle = new Bundle([], BUNDLE_TRANSACTIONS_MAX);
      // Only this way it counts: its constructor takes any number.
      const added = bundle.addTransactions(...transactions);
      if (added instanceof Error) {
        const { message } = added;
        throw new OvermindError('chain/refused', { method: 'sendBundle', code: 0, message });
      }
      return valueOf('sendBundle', client.sendBundle(bundle));
    },
    watchResults: results.watch,
    close() {
      results.close();
      service.close();
    },
  };
}

/** jito-ts sets none: a server that hangs would hang the caller for ever. The stream has no end. */
function withDeadline(deadlineMs: number): Interceptor {
  return (options, nextCall) => {
    const isStream = options.method_definition.responseStream;
    const bounded = isStream ? options : { ...options, deadline: Date.now() + deadlineMs };
    return new InterceptingCall(nextCall(bounded));
  };
}

type StreamOptions = Pick<JitoSearcherOptions, 'reopenMs' | 'onFault'> & { readonly host: string };

/** Not by `onBundleResult` of jito-ts: it reads one message an event and prints its own lines. */
function createResultStream(service: SearcherServiceClient, options: StreamOptions) {
  const { first, max } = options.reopenMs ?? REOPEN_MS;
  let stream: ClientReadableStream<BundleResult> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let pauseMs = first;

  const open = (onHint: (hint: BundleHint) => void): void => {
    const openedAtMs = performance.now();
    const own = service.subscribeBundleResults({});
    stream = own;
    let over = false;
    const reopen = (): void => {
      if (over || closed) return;
      over = true;
      // One that lasted has nothing to do with what went wrong before it.
      if (performance.now() - openedAtMs > max) pauseMs = first;
      retry = setTimeout(() => open(onHint), pauseMs);
      pauseMs = Math.min(pauseMs * 2, max);
    };
    own.on('data', (result: BundleResult) => {
      pauseMs = first;
      const hint = hintOf(result);
      if (hint) onHint(hint);
    });
    own.on('error', (error: Error) => {
      if (!closed) options.onFault(wrapped(options.host, 'subscribeBundleResults', error));
      reopen();
    });
    own.on('end', reopen);
  };

  return {
    watch: open,
    close(): void {
      closed = true;
      clearTimeout(retry);
      stream?.cancel();
    },
  };
}

function wrapped(host: string, method: string, error: Error): OvermindError {
  const code = 'code' in error ? Number(error.code) : status.UNKNOWN;
  const { message } = error;
  return FINAL.has(code)
    ? new OvermindError('chain/refused', { method, code, message }, { cause: error })
    : new OvermindError(
        'chain/unreachable',
        { url: host, method, fault: message },
        { cause: error },
      );
}
