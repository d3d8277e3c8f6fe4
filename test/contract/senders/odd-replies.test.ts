import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createRawHttpSender,
  type RawHttpSender,
} from '../../../adapters/senders/raw-http-sender.ts';
import { makeCertificate } from '../../support/certificate.ts';
import {
  httpReply,
  openEndpoint,
  TAKEN,
  transactionIn,
  type ScriptedEndpoint,
} from '../../support/scripted-endpoint.ts';

const SOON = { timeout: 10_000, interval: 10 };
const certificate = makeCertificate();

let endpoint: ScriptedEndpoint | undefined;
let sender: RawHttpSender | undefined;
afterEach(() => {
  sender?.close();
  endpoint?.close();
});

type Told = { readonly outcomes: string[]; readonly breaches: string[] };

async function openSender(url: string): Promise<{ opened: RawHttpSender } & Told> {
  const told: Told = { outcomes: [], breaches: [] };
  const opened = createRawHttpSender({
    endpoints: [{ url, kind: 'helius-sender', requestsPerSecond: 1_000 }],
    connectionsPerEndpoint: 2,
    pingEveryMs: 60_000,
    replyLimitMs: 200,
    ca: certificate.cert,
    onReply: (_endpoint, _reply, _tookNs, outcome) => told.outcomes.push(outcome),
    onBreach: (_endpoint, breach) => told.breaches.push(breach),
  });
  sender = opened;
  await expect.poll(() => endpoint?.connections(), SOON).toBe(2);
  await expect.poll(() => opened.blockedBy('fast'), SOON).toBeUndefined();
  return { opened, ...told };
}

const wireOf = (fill: number): Buffer => Buffer.alloc(693, fill);
const error = (code: number, message: string, data: unknown = null): string =>
  httpReply('200 OK', JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message, data } }));
const chunked = (text: string): string => {
  const pieces = [text.slice(0, 7), text.slice(7)].map(
    (piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`,
  );
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.join('')}0\r\n\r\n`;
};
const OK_BODY = '{"jsonrpc":"2.0","id":1,"result":"signature"}';
const HTML = '<html><body>502 Bad Gateway</body></html>';

type Case = {
  /** Bytes, or what is done to the socket. */
  readonly reply: string | ((socket: Socket) => void);
  readonly outcome?: string;
  readonly breach?: string;
  /** The connection may not be used any more. */
  readonly anew?: true;
  /** Whether it arrived is not known: the same bytes go out once more. */
  readonly again?: true;
};

const CASES: Readonly<Record<string, Case>> = {
  'a result': { reply: TAKEN, outcome: 'taken' },
  'a result in chunks': { reply: chunked(OK_BODY), outcome: 'taken' },
  'a result, and the end of the connection': {
    reply: httpReply('200 OK', OK_BODY, ['Connection: close']),
    outcome: 'taken',
    anew: true,
  },
  'an error with status 200': { reply: error(-32602, 'invalid'), outcome: 'refused' },
  'a transaction that has been processed': {
    reply: error(-32602, 'bundle contains an already processed transaction'),
    outcome: 'known',
  },
  'a simulation that found it processed': {
    reply: error(-32002, 'Transaction simulation failed', { err: 'AlreadyProcessed' }),
    outcome: 'known',
  },
  'too many requests, with status 200': { reply: error(-32097, 'congested'), outcome: 'limited' },
  'a node that is behind': { reply: error(-32005, 'Node is behind'), outcome: 'unavailable' },
  'an error of nobody’s request': {
    reply: httpReply('400 Bad Request', '{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}'),
    outcome: 'refused',
  },
  'the answer to another question': {
    reply: httpReply('200 OK', '{"jsonrpc":"2.0","id":7,"result":"signature"}'),
    outcome: 'misdirected',
    anew: true,
  },
  'half a JSON': { reply: httpReply('200 OK', OK_BODY.slice(0, 20)), outcome: 'unreadable' },
  'HTML with status 200': { reply: httpReply('200 OK', HTML), outcome: 'unreadable' },
  'HTML with status 503': { reply: httpReply('503 Gone', HTML), outcome: 'unavailable' },
  'no content': { reply: 'HTTP/1.1 204 No Content\r\n\r\n', outcome: 'unreadable' },
  'a body without a length': {
    reply: `HTTP/1.1 200 OK\r\n\r\n${OK_BODY}`,
    outcome: 'unreadable',
    anew: true,
  },
  'half a body, and the end': {
    reply: (socket) => socket.end(httpReply('200 OK', OK_BODY).slice(0, -10)),
    breach: 'closed',
    anew: true,
    again: true,
  },
  'the end': {
    reply: (socket) => socket.destroy(),
    breach: 'closed',
    anew: true,
    again: true,
  },
  'bytes that are no HTTP': {
    reply: '\x00\xff\x16\x03SSH-2.0\r\n\r\nx',
    breach: 'garbled',
    anew: true,
    again: true,
  },
  'a chunk of no size': {
    reply: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    breach: 'garbled',
    anew: true,
    again: true,
  },
  'a body of 100 KB': {
    reply: httpReply('200 OK', `{"id":1,"result":"${'x'.repeat(100_000)}"}`),
    breach: 'garbled',
    anew: true,
    again: true,
  },
  nothing: { reply: () => undefined, breach: 'no-reply', anew: true, again: true },
  'two answers': { reply: TAKEN + TAKEN, outcome: 'taken', breach: 'unasked', anew: true },
  'an answer and a half': {
    reply: TAKEN + TAKEN.slice(0, 30),
    outcome: 'taken',
    breach: 'unasked',
    anew: true,
  },
};

describe.each([
  ['plain', undefined],
  ['TLS', certificate],
])('over %s, an endpoint that answers', (_transport, certificateOf) => {
  it.each(Object.entries(CASES))('%s is told apart and takes the next one', async (_name, one) => {
    const [odd, next] = [wireOf(1), wireOf(2)].map((wire) => wire.toString('base64'));
    let met = false;
    endpoint = await openEndpoint({
      certificate: certificateOf,
      answer(asked, socket) {
        if (met || transactionIn(asked) !== odd) return void socket.write(TAKEN);
        met = true;
        if (typeof one.reply === 'string') socket.write(one.reply, 'latin1');
        else one.reply(socket);
      },
    });
    const { opened, outcomes, breaches } = await openSender(endpoint.url);
    expect(opened.send('fast', wireOf(1))).toBe(1);

    const { again = false, anew = false } = one;
    const first = [one.outcome ?? [], again ? 'taken' : []].flat();
    await expect.poll(() => [outcomes, breaches], SOON).toEqual([first, [one.breach ?? []].flat()]);
    const connections = endpoint;
    await expect.poll(() => connections.connections(), SOON).toBe(anew ? 3 : 2);

    // A pause that the endpoint asked for is over soon; nothing else keeps it from the next one.
    await expect.poll(() => opened.blockedBy('fast'), SOON).toBeUndefined();
    expect(opened.send('fast', wireOf(2))).toBe(1);
    await expect.poll(() => outcomes, SOON).toEqual([...first, 'taken']);
    expect(endpoint.transactions()).toEqual([odd, ...(again ? [odd] : []), next]);
  });
});

describe('an endpoint that speaks unasked', () => {
  it.each([
    ['before it was asked anything', TAKEN],
    ['that it will not wait any longer', httpReply('408 Request Timeout', '')],
  ])('%s gets another connection', async (_case, bytes) => {
    let spoken = false;
    endpoint = await openEndpoint({ answer: (_asked, socket) => void socket.write(TAKEN) });
    const { opened, outcomes, breaches } = await openSender(endpoint.url);
    for (const socket of endpoint.sockets()) {
      if (!spoken) socket.write(bytes);
      spoken = true;
    }
    await expect.poll(() => breaches, SOON).toEqual(['unasked']);
    await expect.poll(() => endpoint?.connections(), SOON).toBe(3);
    expect(opened.send('fast', wireOf(1))).toBe(1);
    await expect.poll(() => outcomes, SOON).toEqual(['taken']);
  });
});
