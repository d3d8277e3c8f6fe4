import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TradeLine } from '../../../adapters/ledger/trade-list.ts';
import { faultOf } from '../../../cli/ask.ts';
import { commandEndOf } from '../../../cli/command-end.ts';
import { countBetween } from '../../../cli/parse-count.ts';
import { shownAddress } from '../../../cli/find-system.ts';
import { describeDay } from '../../../cli/memory/day-patterns.ts';
import { facts, table } from '../../../cli/table.ts';
import { decisionOf, humanMicros } from '../../../cli/trades/describe-trades.ts';
import { shortIds } from '../../../cli/trades/short-ids.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';

describe('a table', () => {
  it('is as wide as its widest cells, numbers to the right', () => {
    const rows = [
      { name: 'a', size: '1' },
      { name: 'long', size: '−200' },
    ];
    const text = table(rows, [
      { title: 'name', of: ({ name }) => name },
      { title: 'n', of: ({ size }) => size, right: true },
    ]);
    expect(text.split('\n')).toEqual(['name     n', 'a        1', 'long  −200']);
  });

  it('lets nothing that strangers wrote move the cursor', () => {
    const evil = 'up\u001b[2J\r\nnew\u202eline';
    const cells = table([evil], [{ title: 't', of: (text) => text }]);
    const pairs = facts([['name', evil]]);
    for (const text of [cells, pairs]) {
      for (const character of ['\u001b', '\r', '\u202e']) expect(text).not.toContain(character);
    }
    expect(pairs).toBe('name  up [2J new line');
  });

  it('leaves out facts that are empty', () => {
    expect(
      facts([
        ['a', '1'],
        ['longer', ''],
        ['b', '2'],
      ]),
    ).toBe('a  1\nb  2');
  });
});

describe('a day of a market', () => {
  it('is told by regime: how many states, what came of them, what was decided there', () => {
    const pattern = {
      ...{ day: '2025-01-31', kind: 'rising', featureVersion: 'state_v1', count: 310 },
      ...{ meanBps: 4.25, quantilesBps: [-31, 2, 44] as const, decisions: ['r1-SOL-USDC-dip-1'] },
    };
    const day = { id: 'SOL-USDC/2025-01-31', runId: 'r1', market: 'SOL-USDC' };
    const lines = describeDay({ ...day, patterns: [pattern] }).split('\n');
    expect(lines.at(-2)).toMatch(/^regime +states +mean +10 % +median +90 % +decisions$/);
    expect(lines.at(-1)).toMatch(
      /^rising +310 +\+4\.[23] bps +−31(\.0)? bps +\+2(\.0)? bps +\+44(\.0)? bps +1$/,
    );
  });
});

describe('short ids', () => {
  it('are endings, at least eight long, and tell every id apart', () => {
    const id = fc.stringMatching(/^r1-[A-Z]{3}-USDC-(breakout|dip)-17\d{11}$/);
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 20 }), (ids) => {
        const short = shortIds(ids);
        const endings = ids.map((one) => short.get(one) ?? '');
        expect(new Set(endings).size).toBe(ids.length);
        for (const [at, ending] of endings.entries()) {
          expect(ids[at]?.endsWith(ending)).toBe(true);
          expect(ending.length).toBeGreaterThanOrEqual(8);
        }
      }),
    );
  });
});

describe('what a line says', () => {
  const line: TradeLine = {
    signalId: 's',
    runId: 'r1',
    market: 'SOL-USDC',
    screen: 'breakout',
    stage: 'managing',
    workflowId: 'w',
    marketTimeMs: 0,
    exploring: false,
    breaches: [],
    reasons: ['19 of 32 nearest rose'],
  };

  it.each<[string, Partial<TradeLine>, string]>([
    ['not decided yet', { stage: 'analysing' }, '–'],
    ['bought', { notional: '200000000' }, 'buy for 200'],
    ['closed', { notional: '1', exitReason: 'time' }, 'buy for 0.000001, out by time'],
    ['declined', { stage: 'declined' }, '19 of 32 nearest rose'],
    [
      'refused',
      { stage: 'refused', breaches: [{ rule: 'halted', limit: 'l', actual: 'a' }] },
      'halted',
    ],
  ])('%s', (_what, change, text) => expect(decisionOf({ ...line, ...change })).toBe(text));

  it.each([
    [undefined, '–'],
    [0, '0 µs'],
    [87.4, '87 µs'],
    [1_234, '1.2 ms'],
    [3_400_000, '3.4 s'],
  ])('%s microseconds are %s', (us, text) => expect(humanMicros(us)).toBe(text));
});

describe('addresses', () => {
  it.each([
    ['postgres://me:secret@127.0.0.1:5432/overmind?x=secret', 'postgres://127.0.0.1:5432/overmind'],
    ['redis://:secret@127.0.0.1:6379', 'redis://127.0.0.1:6379'],
    ['https://rpc.example/?api-key=secret', 'https://rpc.example'],
    ['127.0.0.1:7233', '127.0.0.1:7233'],
  ])('%s is shown without what is secret', (address, shown) => {
    expect(shownAddress(address)).toBe(shown);
  });
});

describe('how a command ends', () => {
  it.each([
    [new OvermindError('config/invalid', { faults: 'X: got 1, wants 2' }), 2, /X: got 1, wants 2/],
    [new OvermindError('system/unreachable', { looked: 'here' }), 3, /No running system.*here/],
    [new OvermindError('ledger/unreachable', { operation: 'o', fault: 'gone' }), 3, /gone/],
    [new OvermindError('memory/unknown', { asked: 'A-B@1', runId: 'r1' }), 1, /r1 .*A-B@1/],
    [new OvermindError('trade/unknown', { asked: 'a1', hint: 'h' }), 1, /a1: h/],
    [new Error('a bug'), 1, /a bug/],
  ])('%s', (error, exit, says) => {
    expect(commandEndOf(error)).toMatchObject({ exit, message: expect.stringMatching(says) });
  });

  it('says why a provider failed, not that it failed', () => {
    const refused = new Error('connect ECONNREFUSED');
    expect(faultOf(new TypeError('fetch failed', { cause: refused }))).toBe('connect ECONNREFUSED');
    expect(faultOf(new AggregateError([refused, new Error('b')]))).toBe('connect ECONNREFUSED; b');
    expect(faultOf(new OvermindError('socket/timeout', { method: 'stop', afterMs: 9 }))).toMatch(
      /9 ms/,
    );
  });
});

describe('a count', () => {
  const parse = countBetween(1, 20);
  it.each([['1'], ['20']])('%s is taken', (text) => expect(parse(text)).toBe(Number(text)));
  it.each([['0'], ['21'], ['1.5'], ['1e1'], [''], ['-1']])(
    '%j is refused with its limits',
    (text) => expect(() => parse(text)).toThrow(/from 1 to 20/),
  );
});
