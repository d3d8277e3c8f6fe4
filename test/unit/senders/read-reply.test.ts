import { describe, expect, it } from 'vitest';
import { outcomeOf, pauseMsOf } from '../../../adapters/senders/read-reply.ts';

const NOW_MS = Date.parse('2026-11-01T12:00:00Z');
const limited = (retryAfter?: string) => ({
  status: 429,
  body: '',
  closes: false,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

describe('a pause that an endpoint asks for', () => {
  it.each([
    ['none is said', undefined, 1_000],
    ['seconds', '7', 7_000],
    ['no time at all', '0', 0],
    ['a date', 'Sun, 01 Nov 2026 12:00:05 GMT', 5_000],
    ['a date that is over', 'Sun, 01 Nov 2026 11:00:00 GMT', 0],
    ['a year', '31536000', 30_000],
    ['a date in years', 'Sun, 01 Nov 2099 12:00:00 GMT', 30_000],
    ['nonsense', 'soon', 1_000],
    ['less than nothing', '-5', 0],
  ])('is bounded: %s', (_case, retryAfter, expected) => {
    const reply = limited(retryAfter);
    expect(pauseMsOf(reply, outcomeOf(reply), NOW_MS)).toBe(expected);
  });

  it('is what a 503 with Retry-After asks for, too, and nothing else does', () => {
    const reply = { ...limited('3'), status: 503 };
    expect(pauseMsOf(reply, 'unavailable', NOW_MS)).toBe(3_000);
    expect(pauseMsOf({ ...limited(), status: 503 }, 'unavailable', NOW_MS)).toBeUndefined();
    expect(pauseMsOf({ ...limited(), status: 200 }, 'limited', NOW_MS)).toBe(1_000);
    expect(pauseMsOf({ ...limited(), status: 200 }, 'refused', NOW_MS)).toBeUndefined();
  });
});

describe('an answer that is no object', () => {
  it.each(['null', '[]', '7', '"x"', '', '{"id":1}', '{"id":1,"result":null}', '{"result":"x"'])(
    'is unreadable: %s',
    (body) => {
      expect(outcomeOf({ status: 200, body, closes: false })).toBe('unreadable');
    },
  );

  it('is not read where it is too long', () => {
    const body = `{"jsonrpc":"2.0","id":1,"result":"${'x'.repeat(20_000)}"}`;
    expect(outcomeOf({ status: 200, body, closes: false })).toBe('unreadable');
  });
});
