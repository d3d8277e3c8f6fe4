import { afterEach, describe, expect, it } from 'vitest';
import {
  createRawHttpSender,
  type Endpoint,
  type RawHttpSender,
} from '../../../adapters/senders/raw-http-sender.ts';
import type { Route } from '../../../domain/risk/permit.ts';
import { makeCertificate } from '../../support/certificate.ts';
import {
  httpReply,
  openEndpoint,
  TAKEN,
  transactionIn,
  type Asked,
  type ScriptedEndpoint,
  type ScriptedEndpointOptions,
} from '../../support/scripted-endpoint.ts';

const SOON = { timeout: 10_000, interval: 10 };
const certificate = makeCertificate();
const wire = Buffer.alloc(693, 5);

let endpoints: ScriptedEndpoint[] = [];
let sender: RawHttpSender | undefined;
afterEach(() => {
  sender?.close();
  for (const endpoint of endpoints) endpoint.close();
  endpoints = [];
});

async function serve(
  answer: ScriptedEndpointOptions['answer'] = (_asked, socket) => void socket.write(TAKEN),
  over: Partial<ScriptedEndpointOptions> = {},
): Promise<ScriptedEndpoint> {
  const endpoint = await openEndpoint({ answer, ...over });
  endpoints.push(endpoint);
  return endpoint;
}

type Over = { readonly pingEveryMs?: number; readonly connectionsPerEndpoint?: number };

async function open(
  to: readonly Endpoint[],
  { pingEveryMs = 60_000, connectionsPerEndpoint = 2 }: Over = {},
) {
  const opened = createRawHttpSender({
    ...{ endpoints: to, pingEveryMs, connectionsPerEndpoint },
    ca: certificate.cert,
  });
  sender = opened;
  const lanes = to.reduce((sum, { kind }) => sum + (kind === 'jito' ? 2 : 1), 0);
  const connected = () => endpoints.reduce((sum, one) => sum + one.sockets().length, 0);
  await expect.poll(connected, SOON).toBe(lanes * connectionsPerEndpoint);
  const routes: readonly Route[] = ['fast', 'protected'];
  await expect
    .poll(() => routes.some((route) => opened.blockedBy(route) === undefined), SOON)
    .toBe(true);
  return opened;
}

const unlimited = (url: string, kind: Endpoint['kind']): Endpoint => ({
  url,
  kind,
  requestsPerSecond: 1_000,
});

describe('Helius Sender', () => {
  it('is sent to under /fast, to be sent once, and only by the fast route', async () => {
    const endpoint = await serve();
    const opened = await open([unlimited(`${endpoint.url}/?swqos_only=true`, 'helius-sender')]);
    expect(opened.blockedBy('protected')).toBe('congested');
    expect([opened.send('protected', wire), opened.send('fast', wire)]).toEqual([0, 1]);
    await expect.poll(() => endpoint.asked.length, SOON).toBe(1);
    const [{ verb, path, body } = { verb: '', path: '', body: '' }] = endpoint.asked;
    expect([verb, path]).toEqual(['POST', '/fast?swqos_only=true']);
    expect(JSON.parse(body)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'sendTransaction',
      params: [wire.toString('base64'), { encoding: 'base64', skipPreflight: true, maxRetries: 0 }],
    });
  });

  it('is kept warm by GET /ping, one connection at a time', async () => {
    const pings: Asked[] = [];
    const endpoint = await serve((asked, socket) => {
      pings.push(asked);
      socket.write(httpReply('200 OK', 'pong'));
    });
    const opened = await open([unlimited(endpoint.url, 'helius-sender')], { pingEveryMs: 20 });
    await expect.poll(() => pings.length, SOON).toBeGreaterThan(6);
    expect(pings.every(({ verb, path }) => verb === 'GET' && path === '/ping')).toBe(true);
    expect(endpoint.connections()).toBe(2);
    expect(opened.blockedBy('fast')).toBeUndefined();
  });

  it('always has a connection to spare while another one is being pinged', async () => {
    const endpoint = await serve(() => undefined); // No ping is ever answered.
    const opened = await open([unlimited(endpoint.url, 'helius-sender')], { pingEveryMs: 20 });
    await expect.poll(() => endpoint.asked.length, SOON).toBe(1);
    const until = performance.now() + 300;
    while (performance.now() < until) {
      expect(opened.blockedBy('fast')).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(endpoint.asked).toHaveLength(1);
  });
});

describe('what an endpoint allows', () => {
  it('counts for all its lanes together', async () => {
    const endpoint = await serve();
    const opened = await open([{ url: endpoint.url, kind: 'jito', requestsPerSecond: 1 }]);
    expect(opened.send('protected', wire)).toBe(1);
    expect(opened.blockedBy('fast')).toBe('rate-limited');
    expect(opened.send('fast', wire)).toBe(0);
  });

  it('is not used up by pings that come on top of it', async () => {
    const endpoint = await serve();
    const openedAt = performance.now();
    await open([{ url: endpoint.url, kind: 'jito', requestsPerSecond: 2 }], { pingEveryMs: 10 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const asked = endpoint.asked.length;
    const seconds = (performance.now() - openedAt) / 1_000; // A busy machine sleeps longer than it was told.
    // Two at once and one for each half second.
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThanOrEqual(2 + 2 * seconds);
  });

  it('is asked for again after the pause that a 429 names; the others go on meanwhile', async () => {
    let refusals = 1;
    const limited = await serve((_asked, socket) => {
      refusals -= 1;
      const retry = ['Retry-After: 2'];
      socket.write(refusals >= 0 ? httpReply('429 Too Many Requests', '{}', retry) : TAKEN);
    });
    const free = await serve();
    const opened = await open([
      unlimited(limited.url, 'helius-sender'),
      unlimited(free.url, 'rpc'),
    ]);
    expect(opened.send('fast', wire)).toBe(2);
    await expect.poll(() => limited.asked.length, SOON).toBe(1);
    const pausedAtMs = performance.now();
    await expect.poll(() => opened.send('fast', Buffer.alloc(693, 6)), SOON).toBe(1);
    await expect.poll(() => free.transactions().length, SOON).toBeGreaterThan(1);
    await expect.poll(() => opened.send('fast', Buffer.alloc(693, 7)), SOON).toBe(2);
    const pausedMs = performance.now() - pausedAtMs;
    expect(pausedMs).toBeGreaterThan(1_900);
    await expect.poll(() => limited.transactions().length, SOON).toBe(2);
  });

  it('is paused by a ping that it refuses, too', async () => {
    const endpoint = await serve((_asked, socket) => void socket.write(httpReply('429 No', '')));
    const opened = await open([unlimited(endpoint.url, 'rpc')], { pingEveryMs: 20 });
    await expect.poll(() => opened.blockedBy('fast'), SOON).toBe('rate-limited');
    expect(endpoint.transactions()).toEqual([]);
  });
});

const LANES: readonly (readonly [Endpoint['kind'], Route])[] = [
  ['jito', 'protected'],
  ['jito', 'fast'],
  ['helius-sender', 'fast'],
  ['rpc', 'fast'],
];

describe.each(LANES)('after a halt, the %s lane of the %s route', (kind, route) => {
  it.each([
    ['plain', undefined],
    ['TLS', certificate],
  ])('lets nothing go that has not left: %s', async (_transport, certificateOf) => {
    const endpoint = await serve(undefined, {
      certificate: certificateOf,
      // It reads nothing at first, so that what is sent piles up on our side.
      onConnection: (socket) => void socket.pause(),
    });
    const opened = await open([unlimited(endpoint.url, kind)]);
    const large = Buffer.alloc(12_000_000, 1);
    expect(opened.send(route, large)).toBe(1);
    opened.dropUnsent();
    for (const socket of endpoint.sockets()) socket.resume();
    await expect.poll(() => opened.send(route, wire), SOON).toBe(1);
    for (const socket of endpoint.sockets()) socket.resume();
    await expect.poll(() => endpoint.transactions(), SOON).toEqual([wire.toString('base64')]);
  });

  it('sends nothing again that broke off unanswered', async () => {
    const endpoint = await serve((asked, socket) => {
      if (transactionIn(asked) !== wire.toString('base64')) socket.write(TAKEN);
    });
    const opened = await open([unlimited(endpoint.url, kind)]);
    expect(opened.send(route, wire)).toBe(1);
    await expect.poll(() => endpoint.transactions().length, SOON).toBe(1);
    opened.dropUnsent();
    const before = endpoint.connections();
    for (const socket of endpoint.sockets()) socket.destroy();
    await expect.poll(() => endpoint.connections(), SOON).toBe(2 * before);
    const other = Buffer.alloc(693, 9);
    await expect.poll(() => opened.send(route, other), SOON).toBe(1);
    await expect.poll(() => endpoint.transactions().length, SOON).toBe(2);
    expect(endpoint.transactions()[1]).toBe(other.toString('base64'));
  });
});
