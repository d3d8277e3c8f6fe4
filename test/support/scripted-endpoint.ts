import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.ts';

/** One HTTP request as it came over the socket. */
export type Asked = { readonly verb: string; readonly path: string; readonly body: string };

export type ScriptedEndpoint = {
  readonly url: string;
  /** Every whole request, in order, of all connections. */
  readonly asked: readonly Asked[];
  /** Those that bring a transaction: its base64 text. */
  readonly transactions: () => readonly string[];
  readonly connections: () => number;
  /** Those that are open now. */
  readonly sockets: () => readonly Socket[];
  readonly close: () => void;
};

export type ScriptedEndpointOptions = {
  /** With it the endpoint speaks TLS. */
  readonly certificate?: Certificate | undefined;
  readonly answer: (asked: Asked, socket: Socket) => void;
  readonly onConnection?: (socket: Socket) => void;
};

/** A server that answers what a test tells it to, byte by byte: HTTP only as far as it likes. */
export async function openEndpoint(options: ScriptedEndpointOptions): Promise<ScriptedEndpoint> {
  const { certificate, answer } = options;
  const asked: Asked[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const attend = (socket: Socket): void => {
    connections += 1;
    open.add(socket);
    let buffered = '';
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      buffered += chunk.toString('latin1');
      for (let one = next(); one; one = next()) {
        asked.push(one);
        answer(one, socket);
      }
    });
    const next = (): Asked | undefined => {
      const headEnd = buffered.indexOf('\r\n\r\n');
      if (headEnd < 0) return undefined;
      const head = buffered.slice(0, headEnd);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (buffered.length < end) return undefined;
      const [verb = '', path = ''] = head.split(' ');
      const body = buffered.slice(headEnd + 4, end);
      buffered = buffered.slice(end);
      return { verb, path, body };
    };
    options.onConnection?.(socket);
  };
  const server = certificate ? createTlsServer(certificate, attend) : createTcpServer(attend);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server has one.
  return {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    asked,
    transactions: () => asked.flatMap((one) => transactionIn(one) ?? []),
    connections: () => connections,
    sockets: () => [...open],
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** Whichever method brings it; undefined for pings. */
export function transactionIn({ body }: Asked): string | undefined {
  return /"params":\[\[?"([A-Za-z0-9+/=]+)"/.exec(body)?.[1];
}

export function httpReply(status: string, body: string, headers: readonly string[] = []): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export const TAKEN = httpReply('200 OK', '{"jsonrpc":"2.0","id":1,"result":"signature"}');
