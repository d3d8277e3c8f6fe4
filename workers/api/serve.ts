import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Answer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
};

export type Route = () => Answer | Promise<Answer>;

export type ServeOptions = {
  readonly port: number;
  readonly routes: Readonly<Record<string, Route>>;
  readonly onAnswered: (route: string, status: number) => void;
  readonly onFault: (error: unknown) => void;
};

/** A client that sends slowly holds one of few connections: none may for long. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
};
const CONNECTIONS_MAX = 64;
const IDLE_MS_MAX = 10_000;

/** GET routes on the loopback address, and small problems for everything else. */
export async function serveRoutes(options: ServeOptions): Promise<Server> {
  const server = createServer(LIMITS, (request, response) => {
    void answerTo(request, response, options);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(IDLE_MS_MAX, (socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, onAnswered, onFault }: ServeOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const answer = await answerOf(request, route).catch((error: unknown) => {
    onFault(error);
    return problem(500, 'Internal error');
  });
  // No route takes a body: what was sent is not read, and the connection ends with the answer.
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0;
  onAnswered(route ? path : 'other', answer.status);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
    ...(hasBody ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function answerOf(request: IncomingMessage, route: Route | undefined): Promise<Answer> {
  if (!route) return problem(404, 'No such page');
  if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET');
  return route();
}

export function problem(status: number, title: string): Answer {
  const body = JSON.stringify({ type: 'about:blank', title, status });
  return { status, contentType: 'application/problem+json', body };
}

export const jsonAnswer = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});
