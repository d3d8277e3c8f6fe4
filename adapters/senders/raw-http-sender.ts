import type { Route } from '../../domain/risk/permit.ts';
import type { HttpReply } from './http-reply-parser.ts';
import { outcomeOf, pauseMsOf, type Outcome } from './read-reply.ts';
import type { SendMethod } from './requests.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';
import {
  openWarmConnection,
  type Breach,
  type Outgoing,
  type WarmConnection,
} from './warm-connection.ts';

export type Endpoint = {
  readonly url: string;
  readonly kind: 'jito' | 'helius-sender' | 'rpc';
  /** What the provider allows, by all its methods together; above it the endpoint is passed over. */
  readonly requestsPerSecond: number;
};

export type RawHttpSenderOptions = {
  readonly endpoints: readonly Endpoint[];
  readonly pingEveryMs: number;
  readonly connectionsPerEndpoint?: number;
  /** How long an answer may take before its connection is made anew. */
  readonly replyLimitMs?: number;
  /** Certificates to trust instead of the public ones. */
  readonly ca?: string;
  /** Of each transaction that was answered. */
  readonly onReply?: (endpoint: string, reply: HttpReply, tookNs: bigint, outcome: Outcome) => void;
  readonly onBreach?: (endpoint: string, breach: Breach) => void;
};

export type RawHttpSender = {
  blockedBy(route: Route): 'rate-limited' | 'congested' | undefined;
  send(route: Route, wire: Buffer): number;
  /** Told each time that a connection may have become free. */
  onFree(listener: () => void): void;
  /** After a halt: nothing that has not left may leave, and nothing is sent again. */
  dropUnsent(): void;
  /** True once a route has a free connection. */
  isWarm(route: Route): boolean;
  close(): void;
};

/** One way of asking one endpoint. */
type Lane = {
  readonly routes: readonly Route[];
  readonly connections: WarmConnection[];
  /** The endpoint's: its lanes share what it allows, and its pauses. */
  readonly bucket: TokenBucket;
};

const CONNECTIONS = 8;
const REPLY_LIMIT_MS = 3_000;
const RESENDS_MAX = 1_000;

type LaneKind = { readonly method: SendMethod; readonly routes: readonly Route[] };

/** `protected` keeps a bundle's revert protection; `fast` loses it and goes to everyone at once. */
const LANES: Readonly<Record<Endpoint['kind'], readonly LaneKind[]>> = {
  jito: [
    { method: 'jito-bundle', routes: ['protected'] },
    { method: 'jito-transaction', routes: ['fast'] },
  ],
  'helius-sender': [{ method: 'helius-sender', routes: ['fast'] }],
  rpc: [{ method: 'rpc', routes: ['fast'] }],
};

/**
 * The same bytes to every endpoint of a route, over raw sockets with requests made beforehand:
 * `fetch` takes ten times as long. Whatever an endpoint answers, nothing is built or signed again.
 */
export function createRawHttpSender(options: RawHttpSenderOptions): RawHttpSender {
  const resends = createResends();
  let closed = false;
  let freed = (): void => undefined;
  const lanes = options.endpoints.flatMap((endpoint) =>
    openLanes(endpoint, options, { resends, onFree: () => freed() }),
  );
  const byRoute = (route: Route): Lane[] => lanes.filter(({ routes }) => routes.includes(route));
  const lanesOf: Readonly<Record<Route, readonly Lane[]>> = {
    protected: byRoute('protected'),
    fast: byRoute('fast'),
  };

  return {
    blockedBy(route) {
      const now = performance.now();
      let free = false;
      for (const lane of lanesOf[route]) {
        if (!isFree(lane)) continue;
        free = true;
        if (lane.bucket.has(now)) return undefined;
      }
      return free ? 'rate-limited' : 'congested';
    },
    send(route, wire) {
      if (closed) return 0;
      const now = performance.now();
      // `wire` belongs to the caller, who fills it with the next transaction.
      const outgoing = { wire: Buffer.from(wire), base64: wire.toString('base64') };
      let taken = 0;
      for (const lane of lanesOf[route]) if (put(lane, outgoing, now)) taken += 1;
      return taken;
    },
    onFree(listener) {
      freed = listener;
    },
    dropUnsent() {
      // For the rest of this process: a flatten may still send new bytes, but none of it twice.
      resends.end();
      for (const lane of lanes) for (const connection of lane.connections) connection.dropUnsent();
    },
    isWarm: (route) => lanesOf[route].some(isFree),
    close() {
      closed = true;
      resends.end();
      for (const lane of lanes) for (const connection of lane.connections) connection.close();
    },
  };
}

type Shared = { readonly resends: Resends; readonly onFree: () => void };

function openLanes(
  endpoint: Endpoint,
  options: RawHttpSenderOptions,
  { resends, onFree }: Shared,
): Lane[] {
  const url = new URL(endpoint.url);
  const bucket = createTokenBucket(endpoint.requestsPerSecond, performance.now());
  const count = options.connectionsPerEndpoint ?? CONNECTIONS;

  /** A refusal of this endpoint is a pause of this endpoint. */
  const obey = (reply: HttpReply, outcome: Outcome): void => {
    const pauseMs = pauseMsOf(reply, outcome, Date.now());
    if (pauseMs !== undefined) bucket.pauseUntil(performance.now() + pauseMs);
  };

  return LANES[endpoint.kind].map(({ method, routes }) => {
    const lane: Lane = { routes, connections: [], bucket };
    const open = (): WarmConnection =>
      openWarmConnection({
        url,
        method,
        pingEveryMs: options.pingEveryMs,
        replyLimitMs: options.replyLimitMs ?? REPLY_LIMIT_MS,
        ca: options.ca,
        mayPing() {
          // All at once would leave none for a permit, and a request too many would be a 429.
          const spare = lane.connections.filter((connection) => connection.isFree()).length;
          if ((count > 1 && spare < 2) || !bucket.has(performance.now())) return false;
          bucket.take();
          return true;
        },
        onReply(reply, tookNs) {
          const outcome = outcomeOf(reply);
          obey(reply, outcome);
          options.onReply?.(url.host, reply, tookNs, outcome);
          return outcome !== 'misdirected';
        },
        onPong: (reply) => obey(reply, reply.status === 429 ? 'limited' : 'taken'),
        onBreach: (breach) => options.onBreach?.(url.host, breach),
        onUnanswered: (outgoing) => resends.offer(outgoing, lane),
        onFree,
      });
    for (let n = 0; n < count; n++) lane.connections.push(open());
    return lane;
  });
}

function isFree({ connections }: Lane): boolean {
  for (const connection of connections) if (connection.isFree()) return true;
  return false;
}

/** On the first connection that takes it, if the endpoint allows another request. */
function put({ connections, bucket }: Lane, outgoing: Outgoing, nowMs: number): boolean {
  if (!bucket.has(nowMs)) return false;
  for (const connection of connections) {
    if (!connection.write(outgoing)) continue;
    bucket.take();
    return true;
  }
  return false;
}

type Resends = {
  /** What broke off unanswered goes out once more, by the same lane, and never a third time. */
  offer(outgoing: Outgoing, lane: Lane): void;
  end(): void;
};

function createResends(): Resends {
  /** Signatures of what was sent again. */
  const resent = new Set<string>();
  let ended = false;
  return {
    offer(outgoing, lane) {
      const signature = outgoing.wire.toString('latin1', 1, 65);
      if (ended || resent.has(signature)) return;
      if (!put(lane, outgoing, performance.now())) return;
      if (resent.size >= RESENDS_MAX) resent.clear();
      resent.add(signature);
    },
    end() {
      ended = true;
    },
  };
}
