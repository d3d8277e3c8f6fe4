import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { RPC, RpcFault } from '../rpc-fault.ts';
import { answer, failure, type Reply } from './dispatch.ts';
import type { BlockEngine } from './jito.ts';
import type { Caller, Methods } from './methods.ts';
import type { createSubscriptions } from './subscriptions.ts';
import type { TipFeed } from './tip-feed.ts';

const BODY_BYTES_MAX = 1_000_000;
/** Longer than any client's ping, so that a warm connection stays warm. */
const KEEP_ALIVE_MS = 300_000;
const FRAME_BYTES_MAX = 1_000_000;
const TIP_FLOOR_PATH = '/api/v1/bundles/tip_floor';
const TIP_STREAM_PATH = '/api/v1/bundles/tip_stream';

export type ServeOptions = {
  readonly host: string;
  readonly port: number;
  readonly methods: Methods;
  readonly engine: BlockEngine;
  /** Methods of `/fast`. */
  readonly sender: Methods;
  readonly subscriptions: ReturnType<typeof createSubscriptions>;
  readonly tipFeed: TipFeed;
  readonly refuses: (method: string, port: number) => boolean;
};

export type Served = { readonly port: number; readonly close: () => void };

/** JSON-RPC, Jito's paths, Sender's and WebSocket on one port. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { host, port, subscriptions, tipFeed, refuses } = options;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true });
  const listening = await listen(server, host, port);
  const caller = {
    port: listening,
    refuses: (method: string) => refuses(method, listening),
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') {
      request.resume();
      sendPage(response, pathOf(request), { tipFeed, refuses: caller.refuses });
      return;
    }
    receive(request, response, (body) => {
      const url = new URL(request.url ?? '/', 'http://simnet');
      const headers: Record<string, string> = {};
      const bundleOnly = url.searchParams.get('bundleOnly') === 'true';
      const served = methodsAt(url.pathname, { ...options, bundleOnly, headers });
      if (!served) {
        send(response, 404, { 'content-type': 'text/plain' }, 'not found');
        return;
      }
      const reply = answer(served, body, caller);
      send(response, statusOf(reply), headers, reply === undefined ? '' : JSON.stringify(reply));
    });
  });
  const sockets = new WebSocketServer({ server, maxPayload: FRAME_BYTES_MAX });
  sockets.on('connection', (socket, request) => {
    if (request.url === TIP_STREAM_PATH) tipFeed.attend(socket);
    else subscriptions.attend(socket, caller);
  });
  return {
    port: listening,
    close(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

type Place = Pick<ServeOptions, 'methods' | 'engine' | 'sender'> & {
  readonly bundleOnly: boolean;
  readonly headers: Record<string, string>;
};

/** Undefined: nothing is served there. The engine answers each of its methods under its own path, too. */
function methodsAt(
  path: string,
  { methods, engine, sender, bundleOnly, headers }: Place,
): Methods | undefined {
  if (path === '/') return methods;
  if (path === '/fast') return sender;
  if (path === '/api/v1/transactions') {
    return engine.transactionMethods(bundleOnly, (id) => {
      headers['x-bundle-id'] = id;
    });
  }
  if (path === '/api/v1/bundles') return engine.methods;
  const name = /^\/api\/v1\/(\w+)$/.exec(path)?.[1] ?? '';
  return Object.hasOwn(engine.methods, name) ? engine.methods : undefined;
}

/** Nodes answer a refusal with 200; only too many requests are told by the status. */
function statusOf(reply: Reply | readonly Reply[] | undefined): number {
  if (reply === undefined) return 204;
  return 'error' in reply && reply.error?.code === RPC.limited ? 429 : 200;
}

const pathOf = ({ url }: IncomingMessage): string => new URL(url ?? '/', 'http://simnet').pathname;

/** What is read without a method's name. */
function sendPage(
  response: ServerResponse,
  path: string,
  { tipFeed, refuses }: { readonly tipFeed: TipFeed } & Pick<Caller, 'refuses'>,
): void {
  const plain = { 'content-type': 'text/plain' };
  if (path === '/health') send(response, 200, plain, 'ok');
  else if (path === '/ping') send(response, 200, plain, 'pong');
  else if (path !== TIP_FLOOR_PATH) send(response, 404, plain, 'not found');
  else if (refuses('tip_floor')) send(response, 429, plain, 'too many requests');
  else send(response, 200, {}, JSON.stringify(tipFeed.floor()));
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  done: (body: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on('error', () => response.destroy());
  request.on('end', () => {
    if (bytes <= BODY_BYTES_MAX) {
      done(Buffer.concat(chunks).toString());
      return;
    }
    const fault = new RpcFault(RPC.invalidRequest, 'Request body is too large');
    send(response, 413, {}, JSON.stringify(failure(null, fault)));
  });
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port); // A TCP server's address is one.
    });
  });
}
