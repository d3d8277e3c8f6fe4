import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Scope } from '../../domain/control/scopes.ts';
import { problem, problemOf, type Answer } from './problem.ts';
import { BODY_BYTES_MAX, discardBody, readBody, readJson } from './read-json.ts';
import type { TokenGate } from './token-gate.ts';

type AnyRoute = {
  /**
   * Origins whose pages may ask from a browser (CORS). A token may then come the way browsers keep
   * one: as the password of Basic.
   */
  readonly origins?: readonly string[];
};

export type GetRoute = AnyRoute & {
  readonly method: 'GET';
  /** Absent: wants no token. */
  readonly scopes?: readonly Scope[];
  readonly handle: () => Answer | Promise<Answer>;
};

export type PostRoute = AnyRoute & {
  readonly method: 'POST';
  readonly scopes: readonly Scope[];
  readonly isUnlimited?: boolean;
  /** Another limit than `BODY_BYTES_MAX`. */
  readonly bodyBytesMax?: number;
  readonly summary: string;
  readonly schema: z.ZodType;
  readonly answers: z.ZodType;
  /** `body` has passed the schema; `caller` is the name of the token. */
  readonly handle: (body: unknown, caller: string) => Answer | Promise<Answer>;
};

export type Route = GetRoute | PostRoute;
export type Routes = Readonly<Record<string, Route>>;

/** Ties the handler's body to the schema that it has passed. */
export function post<Schema extends z.ZodType>(
  route: Omit<PostRoute, 'method' | 'schema' | 'handle'> & {
    readonly schema: Schema;
    readonly handle: (body: z.output<Schema>, caller: string) => Answer | Promise<Answer>;
  },
): PostRoute {
  const { handle } = route;
  // What comes in here is this schema's own output.
  return {
    ...route,
    method: 'POST',
    handle: (body, caller) => handle(body as z.output<Schema>, caller),
  };
}

export type ServeOptions = {
  /** The address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly routes: Routes;
  readonly gate: TokenGate;
  readonly onAnswered: (route: string, status: number, seconds: number) => void;
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

/** The routes, and small problems for everything else. */
export async function serveRoutes(options: ServeOptions): Promise<Server> {
  const server = createServer(LIMITS, (request, response) => {
    void answerTo(request, response, options);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(IDLE_MS_MAX, (socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
): Promise<void> {
  const begunMs = performance.now();
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(options.routes, path) ? options.routes[path] : undefined;
  const answer = await answerOf(request, route, options.gate).catch((error: unknown) => {
    options.onFault(error);
    return problemOf(error) ?? problem(500, 'internal', { title: 'Internal error' });
  });
  // Refused before its body was read: read it now, or the answer may be lost with the connection.
  const isUnread = hasBody(request) && !request.readableEnded;
  if (isUnread) await discardBody(request);
  const seconds = (performance.now() - begunMs) / 1_000;
  options.onAnswered(route ? path : 'other', answer.status, seconds);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
    ...(route ? originHeaders(request, route) : {}),
    ...(isUnread ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/** What lets a page of another origin read the answer, a refusal too. */
function originHeaders({ headers }: IncomingMessage, { origins }: Route): Record<string, string> {
  if (!origins) return {};
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  };
}

/** The question that a browser asks before it asks; it carries no token yet. */
function preflight({ method }: Route): Answer {
  const headers = {
    'access-control-allow-methods': method,
    'access-control-allow-headers': 'authorization, content-type, x-namespace',
    'access-control-max-age': '600',
  };
  return { status: 204, contentType: 'text/plain', body: '', headers };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

async function answerOf(
  request: IncomingMessage,
  route: Route | undefined,
  gate: TokenGate,
): Promise<Answer> {
  if (!route) return problem(404, 'no-such-page', { title: 'No such page' });
  if (request.method === 'OPTIONS' && route.origins) return preflight(route);
  const methods = route.method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
  if (!methods.includes(request.method ?? '')) {
    const headers = { allow: methods.join(', ') };
    return problem(405, 'wrong-method', { title: `Only ${methods[0]}`, headers });
  }
  const { scopes } = route;
  if (route.method === 'GET' && !scopes) return route.handle();
  const wanted = { ...route, scopes: scopes ?? [], takesBasic: route.origins !== undefined };
  const admission = await gate.admit(request.headers.authorization, wanted);
  if (!admission.ok) return admission.answer;
  if (route.method === 'GET') return route.handle();
  const { headers } = request;
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  if (!isPlain || !/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    const detail = 'wants application/json, not compressed';
    return problem(415, 'wrong-content-type', { title: 'Not JSON', detail });
  }
  const bytesMax = route.bodyBytesMax ?? BODY_BYTES_MAX;
  const body = await readBody(request, bytesMax);
  if (!body.ok) return unreadable(body.why, bytesMax);
  const json = readJson(body.bytes);
  if (!json.ok) return problem(400, 'not-json', { title: 'Unusable body', detail: json.fault });
  const parsed = route.schema.safeParse(json.value);
  if (!parsed.success) return wrongField(parsed.error);
  return route.handle(parsed.data, admission.name);
}

function unreadable(why: 'too-large' | 'broken-off', bytesMax: number): Answer {
  if (why === 'broken-off') {
    return problem(400, 'broken-off', { title: 'The body broke off' });
  }
  const detail = `at most ${bytesMax} bytes`;
  return problem(413, 'too-large', { title: 'The body is too large', detail });
}

/** The first fault is enough to mend; a list of all would echo what a stranger sends. */
function wrongField({ issues: [issue] }: z.ZodError): Answer {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = [...(issue?.path ?? []), ...unknown].join('.').slice(0, 200);
  const detail =
    unknown.length > 0 ? 'no such field' : (issue?.message ?? 'unusable').slice(0, 500);
  return problem(400, 'invalid-input', { title: 'Unusable input', field, detail });
}
