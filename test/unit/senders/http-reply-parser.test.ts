import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createHttpReplyParser,
  type HttpReply,
} from '../../../adapters/senders/http-reply-parser.ts';

const reply = (status: string, headers: string, body: string) =>
  `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`;

const SIZED = reply('200 OK', 'Content-Length: 5', 'hello');
const CHUNKED = reply(
  '200 OK',
  'Transfer-Encoding: chunked',
  '3;x=1\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n',
);
const LIMITED = reply('429 Too Many Requests', 'content-length: 2\r\nConnection: close', 'no');
const EMPTY = reply('204 No Content', 'Server: x', '');
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

const parseAll = (chunks: readonly Buffer[]): HttpReply[] => {
  const parser = createHttpReplyParser();
  return chunks.flatMap((chunk) => [...parser.push(chunk)]);
};

describe('HTTP reply parser', () => {
  it('reads every kind of reply from one connection, wherever the pieces are cut', () => {
    const all = Buffer.from(CONTINUE + SIZED + CHUNKED + EMPTY + LIMITED);
    const expected = [
      { status: 200, body: 'hello', closes: false },
      { status: 200, body: 'hello', closes: false },
      { status: 204, body: '', closes: false },
      { status: 429, body: 'no', closes: true },
    ];
    expect(parseAll([all])).toEqual(expected);
    expect(parseAll([...all].map((byte) => Buffer.from([byte])))).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(all.length)), (cuts) => {
        const ends = [...cuts, all.length].toSorted((a, b) => a - b);
        expect(parseAll(ends.map((end, at) => all.subarray(ends[at - 1] ?? 0, end)))).toEqual(
          expected,
        );
      }),
    );
  });

  it('knows when a connection ends: HTTP/1.0, or a body without a length', () => {
    const old = SIZED.replace('HTTP/1.1', 'HTTP/1.0');
    expect(parseAll([Buffer.from(old)])[0]?.closes).toBe(true);
    expect(parseAll([Buffer.from(reply('200 OK', 'A: b', ''))])[0]?.closes).toBe(true);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['a length that is no number', reply('200 OK', 'Content-Length: x', '')],
    ['a chunk size that is none', reply('200 OK', 'Transfer-Encoding: chunked', 'zz\r\n')],
  ])('throws on %s', (_case, text) => {
    expect(() => parseAll([Buffer.from(text)])).toThrow(/\S/);
  });
});
