import { createServer, type Server, type Socket } from 'node:net';
import { unlinkSync } from 'node:fs';
import { OvermindError } from '../../domain/shared/errors.ts';

export type Methods = Readonly<Record<string, (params: unknown) => unknown>>;

/** Where a socket listens, or is reached: a Unix path, or a TCP port. */
export type SocketAddress = { readonly path: string } | TcpAddress;

/** Nobody has to say who he is here: beyond loopback it belongs on a network of our own alone. */
export type TcpAddress = { readonly host: string; readonly port: number };

const LINE_BYTES_MAX = 1_000_000;

/**
 * One JSON object a line: `{id, method, params}` in, `{id, result}` or `{id, error}` out. A method
 * that answers synchronously is answered within the same turn of the loop; the executor's `stop`
 * relies on it.
 */
export async function serveSocket(address: SocketAddress, methods: Methods): Promise<Server> {
  if ('path' in address) removeStaleSocket(address.path);
  const server = createServer((socket) => attend(socket, methods));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const ready = (): void => {
      server.off('error', reject);
      resolve();
    };
    if ('path' in address) server.listen(address.path, ready);
    else server.listen(address.port, address.host, ready);
  });
  return server;
}

function removeStaleSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nothing was there: the usual case.
  }
}

function attend(socket: Socket, methods: Methods): void {
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  let buffered = '';
  socket.on('data', (chunk: string) => {
    buffered += chunk;
    if (buffered.length > LINE_BYTES_MAX) {
      socket.destroy();
      return;
    }
    for (;;) {
      const end = buffered.indexOf('\n');
      if (end < 0) return;
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 1);
      answer(socket, line, methods);
    }
  });
}

function answer(socket: Socket, line: string, methods: Methods): void {
  const request = readRequest(line);
  if (!request) {
    socket.destroy();
    return;
  }
  const { id, method, params } = request;
  const reply = (body: object): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify({ id, ...body })}\n`);
  };
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    reply({ error: `unknown method ${method}` });
    return;
  }
  try {
    const result = handler(params);
    if (result instanceof Promise) {
      result.then(
        (value: unknown) => reply({ result: value }),
        (error: unknown) => reply({ error: messageOf(error) }),
      );
    } else {
      reply({ result });
    }
  } catch (error) {
    reply({ error: messageOf(error) });
  }
}

function readRequest(
  line: string,
): { readonly id: number; readonly method: string; readonly params: unknown } | undefined {
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request !== 'object' || request === null) return undefined;
    const { id, method, params } = request as Record<string, unknown>; // Checked field by field below.
    if (typeof id !== 'number' || typeof method !== 'string') return undefined;
    return { id, method, params };
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof OvermindError || error instanceof Error ? error.message : String(error);
}
