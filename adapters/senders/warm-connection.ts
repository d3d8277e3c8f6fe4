import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createHttpReplyParser, type HttpReply } from './http-reply-parser.ts';
import { pingRequest, prepareRequest, type PreparedRequest, type SendMethod } from './requests.ts';

export type WarmConnection = {
  /** Open, nothing in flight, nothing unsent. */
  isFree(): boolean;
  /** Writes the transaction; false when the connection was not free after all. */
  write(wire: Buffer): boolean;
  /** Destroys the socket if bytes of ours still wait in it: after a halt they must not leave. */
  dropUnsent(): void;
  close(): void;
};

export type WarmConnectionOptions = {
  readonly url: URL;
  readonly method: SendMethod;
  readonly pingEveryMs: number;
  readonly onReply: (reply: HttpReply, tookNs: bigint) => void;
  /** The connection broke with a transaction unanswered: these bytes may or may not have arrived. */
  readonly onUnanswered: (wire: Buffer) => void;
};

const RECONNECT_MS = { first: 50, max: 2_000 };
const REPLY_LIMIT_MS = 3_000;

type InFlight = { readonly wire: Buffer | undefined; readonly sinceNs: bigint };

/** One socket, one request at a time, kept open and warm. */
export function openWarmConnection(options: WarmConnectionOptions): WarmConnection {
  const { url, method } = options;
  const requests = new Map<number, PreparedRequest>();
  const ping = pingRequest(url, method);
  let socket: Socket | undefined;
  let connected = false;
  let closed = false;
  let inFlight: InFlight | undefined;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let lastUseMs = performance.now();

  const open = (): void => {
    const parser = createHttpReplyParser();
    const opened = dial(url);
    socket = opened;
    opened.setNoDelay(true);
    opened.on(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true;
      failures = 0;
    });
    opened.on('data', (chunk: Buffer) => {
      try {
        for (const reply of parser.push(chunk)) {
          const answered = inFlight;
          inFlight = undefined;
          if (answered?.wire) options.onReply(reply, process.hrtime.bigint() - answered.sinceNs);
          if (reply.closes) opened.destroy();
        }
      } catch {
        opened.destroy(); // What follows on this connection can no longer be told apart.
      }
    });
    opened.on('error', () => opened.destroy());
    opened.on('close', () => {
      if (socket !== opened) return;
      connected = false;
      socket = undefined;
      const unanswered = inFlight?.wire;
      inFlight = undefined;
      if (closed) return;
      retry = setTimeout(open, Math.min(RECONNECT_MS.first * 2 ** failures, RECONNECT_MS.max));
      failures += 1;
      if (unanswered) options.onUnanswered(unanswered);
    });
  };

  const isFree = (): boolean =>
    connected && inFlight === undefined && socket?.writable === true && socket.writableLength === 0;

  const keeper = setInterval(
    () => {
      const now = performance.now();
      if (
        inFlight &&
        process.hrtime.bigint() - inFlight.sinceNs > BigInt(REPLY_LIMIT_MS) * 1_000_000n
      ) {
        socket?.destroy();
      } else if (isFree() && now - lastUseMs >= options.pingEveryMs) {
        inFlight = { wire: undefined, sinceNs: process.hrtime.bigint() };
        lastUseMs = now;
        socket?.write(ping);
      }
    },
    Math.min(options.pingEveryMs, 500),
  );
  keeper.unref();

  open();
  return {
    isFree,
    write(wire) {
      if (!isFree() || !socket) return false;
      let request = requests.get(wire.length);
      if (!request) {
        // Templates have two or three lengths, so this happens once each.
        request = prepareRequest(url, method, wire.length);
        requests.set(wire.length, request);
      }
      const { bytes, base64Start } = request;
      bytes.write(wire.toString('base64'), base64Start, 'latin1');
      // The request's buffer is free again when the reply is there; `wire` belongs to the caller.
      inFlight = { wire: Buffer.from(wire), sinceNs: process.hrtime.bigint() };
      lastUseMs = performance.now();
      socket.write(bytes);
      return true;
    },
    dropUnsent() {
      if (socket && socket.writableLength > 0) {
        inFlight = undefined;
        socket.destroy();
      }
    },
    close() {
      closed = true;
      clearTimeout(retry);
      clearInterval(keeper);
      socket?.destroy();
    },
  };
}

function dial(url: URL): Socket {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (secure ? 443 : 80));
  return secure
    ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] })
    : connectTcp({ host, port });
}
