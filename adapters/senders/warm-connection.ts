import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createHttpReplyParser, type HttpReply } from './http-reply-parser.ts';
import { pingRequest, prepareRequest, type PreparedRequest, type SendMethod } from './requests.ts';

/** A transaction on its way, as bytes of its own and as the text that every endpoint gets. */
export type Outgoing = { readonly wire: Buffer; readonly base64: string };

/** Why a connection is made anew: no, half or no HTTP answer, or one that nobody had asked for. */
export type Breach = 'no-reply' | 'closed' | 'garbled' | 'unasked';

export type WarmConnection = {
  /** Open, nothing in flight, nothing unsent. */
  isFree(): boolean;
  /** Writes the transaction; false when the connection was not free after all. */
  write(outgoing: Outgoing): boolean;
  /** Destroys the socket if bytes of ours still wait in it: after a halt they must not leave. */
  dropUnsent(): void;
  close(): void;
};

export type WarmConnectionOptions = {
  readonly url: URL;
  readonly method: SendMethod;
  readonly pingEveryMs: number;
  readonly replyLimitMs: number;
  /** Certificates to trust instead of the public ones. */
  readonly ca: string | undefined;
  /** Whether a ping may be sent now: it counts as a request. */
  readonly mayPing: () => boolean;
  /** Answers whether what follows on this connection can still be told apart. */
  readonly onReply: (reply: HttpReply, tookNs: bigint) => boolean;
  readonly onPong: (reply: HttpReply) => void;
  readonly onBreach: (breach: Breach) => void;
  /** The connection broke with a transaction unanswered: these bytes may or may not have arrived. */
  readonly onUnanswered: (outgoing: Outgoing) => void;
  /** Opened, or answered: the next transaction may be written. */
  readonly onFree: () => void;
};

const RECONNECT_MS = { first: 50, max: 2_000 };
const KEEPER_MS_MAX = 500;

type InFlight = { readonly outgoing: Outgoing | undefined; readonly sinceNs: bigint };

/** One socket, one request at a time, kept open and warm. */
export function openWarmConnection(options: WarmConnectionOptions): WarmConnection {
  const { url, method } = options;
  const requests = new Map<number, PreparedRequest>();
  const ping = pingRequest(url, method);
  let socket: Socket | undefined;
  let connected = false;
  let breached = false;
  let closed = false;
  let inFlight: InFlight | undefined;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let lastUseMs = performance.now();

  /** Nothing that comes over it counts any more; its end opens the next one. */
  const distrust = (breach: Breach): void => {
    breached = true;
    options.onBreach(breach);
    socket?.destroy();
  };

  const conclude = (reply: HttpReply): void => {
    const answered = inFlight;
    inFlight = undefined;
    if (!answered) return distrust('unasked'); // Two answers to one question.
    if (!answered.outgoing) options.onPong(reply);
    else if (!options.onReply(reply, process.hrtime.bigint() - answered.sinceNs)) socket?.destroy();
    if (reply.closes) socket?.destroy();
  };

  const open = (): void => {
    const parser = createHttpReplyParser();
    const opened = dial(url, options.ca);
    socket = opened;
    breached = false;
    opened.setNoDelay(true);
    opened.on(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true;
      failures = 0;
      options.onFree();
    });
    opened.on('data', (chunk: Buffer) => {
      if (opened.destroyed) return;
      if (!inFlight) return distrust('unasked');
      try {
        for (const reply of parser.push(chunk)) if (!opened.destroyed) conclude(reply);
      } catch {
        return distrust('garbled');
      }
      if (!inFlight && parser.isMidReply() && !opened.destroyed) distrust('unasked');
      if (isFree()) options.onFree();
    });
    opened.on('error', () => opened.destroy());
    opened.on('close', () => {
      if (socket !== opened) return;
      connected = false;
      socket = undefined;
      const unanswered = inFlight?.outgoing;
      inFlight = undefined;
      if (closed) return;
      retry = setTimeout(open, Math.min(RECONNECT_MS.first * 2 ** failures, RECONNECT_MS.max));
      failures += 1;
      if (!unanswered) return;
      if (!breached) options.onBreach('closed');
      options.onUnanswered(unanswered);
    });
  };

  const isFree = (): boolean =>
    connected && inFlight === undefined && socket?.writable === true && socket.writableLength === 0;

  const isOverdue = ({ sinceNs }: InFlight): boolean =>
    process.hrtime.bigint() - sinceNs > BigInt(options.replyLimitMs) * 1_000_000n;

  const keeper = setInterval(
    () => {
      const now = performance.now();
      if (inFlight && isOverdue(inFlight)) {
        distrust('no-reply');
      } else if (isFree() && now - lastUseMs >= options.pingEveryMs && options.mayPing()) {
        inFlight = { outgoing: undefined, sinceNs: process.hrtime.bigint() };
        lastUseMs = now;
        socket?.write(ping);
      }
    },
    Math.min(options.pingEveryMs, options.replyLimitMs, KEEPER_MS_MAX),
  );
  keeper.unref();

  const requestFor = (wireLength: number): PreparedRequest => {
    const known = requests.get(wireLength);
    if (known) return known;
    // Templates have two or three lengths, so this happens once each.
    const prepared = prepareRequest(url, method, wireLength);
    requests.set(wireLength, prepared);
    return prepared;
  };

  open();
  return {
    isFree,
    write(outgoing) {
      if (!isFree() || !socket) return false;
      const { bytes, base64Start } = requestFor(outgoing.wire.length);
      // The request's buffer is free again when the reply is there.
      bytes.write(outgoing.base64, base64Start, 'latin1');
      inFlight = { outgoing, sinceNs: process.hrtime.bigint() };
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

function dial(url: URL, ca: string | undefined): Socket {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (secure ? 443 : 80));
  if (!secure) return connectTcp({ host, port });
  const trusted = ca === undefined ? {} : { ca };
  return connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'], ...trusted });
}
