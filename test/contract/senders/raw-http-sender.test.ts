import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createRawHttpSender,
  type RawHttpSender,
} from '../../../adapters/senders/raw-http-sender.ts';

type Taken = { readonly path: string; readonly body: { method: string; params: unknown[] } };
type Answer = (request: Taken, response: ServerResponse, socket: Socket) => void;

const ok: Answer = (_request, response) => response.end('{"jsonrpc":"2.0","id":1,"result":"x"}');

let server: Server | undefined;
let sender: RawHttpSender | undefined;
afterEach(() => {
  sender?.close();
  server?.closeAllConnections();
  server?.close();
});

/** A block engine and RPC node in one; notes the transactions and leaves pings out. */
async function anEndpoint(answer: Answer = ok) {
  const taken: Taken[] = [];
  server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const one = { path: request.url ?? '', body: JSON.parse(text) as Taken['body'] };
      if (!one.body.method.startsWith('get')) taken.push(one);
      answer(one, response, request.socket);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server has one.
  return { taken, url: `http://127.0.0.1:${port}` };
}

async function open(url: string, requestsPerSecond = 1_000) {
  const replies: number[] = [];
  sender = createRawHttpSender({
    endpoints: [
      { url, kind: 'jito', requestsPerSecond },
      { url: `${url}/rpc?key=1`, kind: 'rpc', requestsPerSecond },
    ],
    pingEveryMs: 60_000,
    connectionsPerEndpoint: 2,
    onReply: (_endpoint, { status }) => replies.push(status),
  });
  const opened = sender;
  await expect.poll(() => opened.isWarm('fast') && opened.isWarm('protected')).toBe(true);
  return { opened, replies };
}

const wire = Buffer.from(Array.from({ length: 700 }, (_, n) => n & 0xff));

describe('raw HTTP sender', () => {
  it('sends the protected route to block engines alone, as a bundle', async () => {
    const { taken, url } = await anEndpoint();
    const { opened } = await open(url);
    expect(opened.send('protected', wire)).toBe(1);
    await expect
      .poll(() => taken)
      .toEqual([
        {
          path: '/api/v1/bundles',
          body: {
            jsonrpc: '2.0',
            id: 1,
            method: 'sendBundle',
            params: [[wire.toString('base64')], { encoding: 'base64' }],
          },
        },
      ]);
  });

  it('sends the fast route everywhere, the same bytes, never to be retried by the node', async () => {
    const { taken, url } = await anEndpoint();
    const { opened } = await open(url);
    expect(opened.send('fast', wire)).toBe(2);
    await expect.poll(() => taken.length).toBe(2);
    const byPath = new Map(taken.map(({ path, body }) => [path, body.params]));
    const text = wire.toString('base64');
    expect(byPath.get('/api/v1/transactions')).toEqual([text, { encoding: 'base64' }]);
    expect(byPath.get('/rpc?key=1')).toEqual([
      text,
      { encoding: 'base64', skipPreflight: true, maxRetries: 0 },
    ]);
  });

  it('is congested while every connection waits for a reply, and free again after it', async () => {
    const held: ServerResponse[] = [];
    const { url } = await anEndpoint((_request, response) => void held.push(response));
    const { opened } = await open(url);
    expect([opened.send('protected', wire), opened.send('protected', wire)]).toEqual([1, 1]);
    expect(opened.blockedBy('protected')).toBe('congested');
    expect(opened.send('protected', wire)).toBe(0);
    await expect.poll(() => held.length).toBe(2);
    let told = 0;
    // In the turn in which it is told, the next transaction can be written.
    opened.onFree(() => (told += opened.send('protected', wire)));
    held[0]?.end('{}');
    await expect.poll(() => told).toBe(1);
    expect(opened.blockedBy('protected')).toBe('congested');
    await expect.poll(() => held.length).toBe(3);
    for (const response of held.slice(1)) response.end('{}');
    await expect.poll(() => told).toBe(3);
  });

  it('passes an endpoint over once its rate is used up', async () => {
    const { url } = await anEndpoint();
    const { opened } = await open(url, 1);
    expect(opened.send('protected', wire)).toBe(1);
    expect(opened.blockedBy('protected')).toBe('rate-limited');
    expect(opened.send('protected', wire)).toBe(0);
  });

  it('pauses an endpoint that says 429', async () => {
    const { url } = await anEndpoint((_request, response) => response.writeHead(429).end('{}'));
    const { opened, replies } = await open(url);
    opened.send('protected', wire);
    await expect.poll(() => replies).toEqual([429]);
    expect(opened.blockedBy('protected')).toBe('rate-limited');
    expect(opened.blockedBy('fast')).toBeUndefined();
  });

  it('opens a connection anew that the server closed', async () => {
    const { taken, url } = await anEndpoint((_request, response) => {
      response.setHeader('connection', 'close');
      response.end('{}');
    });
    const { opened, replies } = await open(url);
    for (let n = 1; n <= 4; n++) {
      await expect.poll(() => opened.blockedBy('protected')).toBeUndefined();
      expect(opened.send('protected', wire)).toBe(1);
      await expect.poll(() => replies.length).toBe(n);
    }
    expect(taken).toHaveLength(4);
  });

  it('sends the same bytes once more when the connection broke unanswered, and no third time', async () => {
    const { taken, url } = await anEndpoint((_request, _response, socket) => socket.destroy());
    const { opened } = await open(url);
    opened.send('protected', wire);
    await expect.poll(() => taken.length).toBe(2);
    await expect.poll(() => opened.isWarm('protected')).toBe(true);
    expect(taken).toHaveLength(2);
    expect(taken[0]?.body.params).toEqual(taken[1]?.body.params);
  });

  it('sends nothing again after a halt', async () => {
    const sockets: Socket[] = [];
    const { taken, url } = await anEndpoint(
      (_request, _response, socket) => void sockets.push(socket),
    );
    const { opened } = await open(url);
    opened.send('protected', wire);
    await expect.poll(() => sockets.length).toBe(1);
    opened.dropUnsent();
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => opened.isWarm('protected')).toBe(true);
    // A flatten of the halt may still send new bytes; the old ones are not among them.
    const other = Buffer.alloc(700, 3);
    expect(opened.send('protected', other)).toBe(1);
    await expect.poll(() => taken.length).toBe(2);
    expect(taken[1]?.body.params[0]).toEqual([other.toString('base64')]);
  });
});
