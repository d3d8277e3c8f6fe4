import type { Route } from '../../domain/risk/permit.ts';
import type { HttpReply } from './http-reply-parser.ts';
import type { SendMethod } from './requests.ts';
import { openWarmConnection, type WarmConnection } from './warm-connection.ts';

export type Endpoint = {
  readonly url: string;
  readonly kind: 'jito' | 'rpc';
  /** What the provider allows; above it the endpoint is passed over. */
  readonly requestsPerSecond: number;
};

export type RawHttpSenderOptions = {
  readonly endpoints: readonly Endpoint[];
  readonly pingEveryMs: number;
  readonly connectionsPerEndpoint?: number;
  readonly onReply?: (endpoint: string, reply: HttpReply, tookNs: bigint) => void;
};

export type RawHttpSender = {
  blockedBy(route: Route): 'rate-limited' | 'congested' | undefined;
  send(route: Route, wire: Buffer): number;
  /** After a halt: nothing that has not left may leave, and nothing is sent again. */
  dropUnsent(): void;
  /** True once a route has a free connection. */
  isWarm(route: Route): boolean;
  close(): void;
};

type Lane = {
  readonly routes: readonly Route[];
  readonly connections: WarmConnection[];
  readonly perSecond: number;
  allowance: number;
  refilledAtMs: number;
};

const CONNECTIONS = 2;
const PAUSE_AFTER_429_MS = 1_000;
const RESENDS_MAX = 1_000;

/**
 * `protected` goes to block engines alone, as a bundle, which keeps its revert protection; `fast`
 * goes to everyone at once. Raw sockets with requests made beforehand: `fetch` takes ten times as long.
 */
export function createRawHttpSender(options: RawHttpSenderOptions): RawHttpSender {
  /** Bytes that were sent again once; the same bytes are never sent a third time. */
  const resent = new Set<string>();
  let resends = true;
  let closed = false;

  const openLane = (endpoint: Endpoint, method: SendMethod, routes: readonly Route[]): Lane => {
    const lane: Lane = {
      routes,
      connections: [],
      perSecond: endpoint.requestsPerSecond,
      allowance: endpoint.requestsPerSecond,
      refilledAtMs: performance.now(),
    };
    const resend = (wire: Buffer): void => {
      const signature = wire.toString('latin1', 1, 65);
      if (!resends || resent.has(signature)) return;
      if (resent.size >= RESENDS_MAX) resent.clear();
      resent.add(signature);
      for (const connection of lane.connections) if (connection.write(wire)) return;
    };
    for (let n = 0; n < (options.connectionsPerEndpoint ?? CONNECTIONS); n++) {
      lane.connections.push(
        openWarmConnection({
          url: new URL(endpoint.url),
          method,
          pingEveryMs: options.pingEveryMs,
          onReply(reply, tookNs) {
            if (reply.status === 429) {
              lane.allowance = 0;
              lane.refilledAtMs = performance.now() + PAUSE_AFTER_429_MS;
            }
            options.onReply?.(new URL(endpoint.url).host, reply, tookNs);
          },
          onUnanswered: resend,
        }),
      );
    }
    return lane;
  };

  const lanes = options.endpoints.flatMap((endpoint) =>
    endpoint.kind === 'rpc'
      ? [openLane(endpoint, 'rpc', ['fast'])]
      : [
          openLane(endpoint, 'jito-bundle', ['protected']),
          openLane(endpoint, 'jito-transaction', ['fast']),
        ],
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
        if (!lane.connections.some((connection) => connection.isFree())) continue;
        free = true;
        if (refill(lane, now) >= 1) return undefined;
      }
      return free ? 'rate-limited' : 'congested';
    },
    send(route, wire) {
      if (closed) return 0;
      const now = performance.now();
      let taken = 0;
      for (const lane of lanesOf[route]) {
        if (refill(lane, now) < 1) continue;
        for (const connection of lane.connections) {
          if (!connection.write(wire)) continue;
          lane.allowance -= 1;
          taken += 1;
          break;
        }
      }
      return taken;
    },
    dropUnsent() {
      // For the rest of this process: a flatten may still send new bytes, but none of it twice.
      resends = false;
      for (const lane of lanes) for (const connection of lane.connections) connection.dropUnsent();
    },
    isWarm: (route) =>
      lanesOf[route].some((lane) => lane.connections.some((connection) => connection.isFree())),
    close() {
      closed = true;
      resends = false;
      for (const lane of lanes) for (const connection of lane.connections) connection.close();
    },
  };
}

/** A token bucket of one second; a refill time in the future is a pause. */
function refill(lane: Lane, nowMs: number): number {
  const elapsedMs = nowMs - lane.refilledAtMs;
  if (elapsedMs > 0) {
    lane.allowance = Math.min(
      lane.perSecond,
      lane.allowance + (elapsedMs / 1_000) * lane.perSecond,
    );
    lane.refilledAtMs = nowMs;
  }
  return lane.allowance;
}
