import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { serveParent } from '../shared/child.ts';

/*
 * A block engine that does nothing but note when a transaction arrived: LiteSVM would be the
 * slowest part of the bench. Whatever is not the block engine's is handed on to simnet unchanged.
 */

type Mark = readonly [signatureHex: string, ns: string];

const SEND_PATHS = ['/api/v1/bundles', '/api/v1/transactions'];
const TIPS_PATH = '/api/v1/getTipAccounts';
const HEAD_END = '\r\n\r\n';
const TIPS = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  result: ['96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5'],
});

let marks: Mark[] = [];
const upstream = new URL(process.env['BENCH_SIMNET_URL'] ?? '');

function serve(socket: TLSSocket): void {
  let buffered: Buffer = Buffer.alloc(0);
  let bodyNs: bigint | undefined;
  let tunnel: Socket | undefined;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => tunnel?.destroy());
  socket.on('data', (chunk: Buffer) => {
    const ns = process.hrtime.bigint();
    if (tunnel) return void tunnel.write(chunk);
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    for (;;) {
      const headEnd = buffered.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = buffered.toString('latin1', 0, headEnd);
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
      if (path !== TIPS_PATH && !SEND_PATHS.includes(path)) {
        tunnel = openTunnel(socket, buffered);
        return;
      }
      const bodyStart = headEnd + HEAD_END.length;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      // The first byte of the transaction: whoever sends it in parts is timed at the first part.
      if (buffered.length > bodyStart) bodyNs ??= ns;
      if (buffered.length < bodyStart + length) return;
      const body = buffered.toString('latin1', bodyStart, bodyStart + length);
      buffered = buffered.subarray(bodyStart + length);
      answer(socket, path === TIPS_PATH ? TIPS : take(body, bodyNs ?? ns));
      bodyNs = undefined;
    }
  });
}

function take(body: string, ns: bigint): string {
  const { id, method, params } = JSON.parse(body) as {
    id: number;
    method: string;
    params: [string | [string], { encoding?: string }?];
  };
  const [sent, options] = params;
  const transaction = typeof sent === 'string' ? sent : sent[0];
  if (options?.encoding !== 'base64') {
    return JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'not base64' } });
  }
  // 88 characters hold 66 bytes: the count and the first signature.
  const signature = Buffer.from(transaction.slice(0, 88), 'base64').subarray(1, 65);
  marks.push([signature.toString('hex'), String(ns)]);
  const result =
    method === 'sendBundle' ? createHash('sha256').update(signature).digest('hex') : 'received';
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

function answer(socket: TLSSocket, body: string): void {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(head + HEAD_END + body);
}

function openTunnel(socket: TLSSocket, begun: Buffer): Socket {
  const tunnel = connect(Number(upstream.port), upstream.hostname);
  tunnel.on('error', () => socket.destroy());
  tunnel.on('close', () => socket.destroy());
  tunnel.on('data', (chunk) => socket.write(chunk));
  tunnel.write(begun);
  return tunnel;
}

const server = createServer(
  {
    cert: readFileSync(process.env['BENCH_CERT_FILE'] ?? ''),
    key: readFileSync(process.env['BENCH_KEY_FILE'] ?? ''),
    ALPNProtocols: ['http/1.1'],
  },
  serve,
);
server.listen(0, 'localhost', () => {
  serveParent(
    () => {
      const taken = marks;
      marks = [];
      return taken;
    },
    { port: (server.address() as AddressInfo).port }, // A TCP server has no other.
  );
});
