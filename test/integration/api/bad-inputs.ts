import { aRiskQuestion } from '../../support/api-requests.ts';

const json = (value: unknown): string => JSON.stringify(value);
const withAmount = (amount: unknown): string => {
  const question = aRiskQuestion();
  return json({ ...question, signal: { ...question.signal, amount_in: amount } });
};
/** A number that JSON itself can hold only as text. */
const withRaw = (raw: string): string => withAmount('RAW').replace('"RAW"', raw);
const withTime = (raw: string): string =>
  json(aRiskQuestion()).replace('"market_time_ms":1746365820000', `"market_time_ms":${raw}`);
const stopFor = (reason: string): string => json({ reason });
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export type BadInput = {
  readonly what: string;
  readonly path: string;
  readonly body: string | Buffer;
  readonly status: number;
  readonly code: string;
  readonly field?: string;
};

const bad = (
  what: string,
  body: string | Buffer,
  [status, code, field]: readonly [number, string, string?],
  path = '/risk/validate',
): BadInput => ({ what, path, body, status, code, ...(field === undefined ? {} : { field }) });

const AMOUNT = [400, 'invalid-input', 'signal.amount_in'] as const;
const TIME = [400, 'invalid-input', 'signal.market_time_ms'] as const;
const NOT_JSON = [400, 'not-json'] as const;
const REASON = [400, 'invalid-input', 'reason'] as const;
const TRADE = [400, 'invalid-input', 'trade'] as const;
const answerTo = (trade: string): string =>
  json({ trade, operator: 'alice', reason: 'looks right' });

export const BAD_INPUTS: readonly BadInput[] = [
  bad('NaN', withRaw('NaN'), NOT_JSON),
  bad('Infinity', withRaw('-Infinity'), NOT_JSON),
  bad('"NaN"', withAmount('NaN'), AMOUNT),
  bad('"Infinity"', withAmount('Infinity'), AMOUNT),
  bad('a JSON number', withRaw('200000000'), AMOUNT),
  bad('"-0"', withAmount('-0'), AMOUNT),
  bad('"-1"', withAmount('-1'), AMOUNT),
  bad('"1e3"', withAmount('1e3'), AMOUNT),
  bad('"0x10"', withAmount('0x10'), AMOUNT),
  bad('leading zeros', withAmount('007'), AMOUNT),
  bad('2^64', withAmount(String(2n ** 64n)), AMOUNT),
  bad('endless decimals', withAmount(`0.${'3'.repeat(5_000)}`), AMOUNT),
  bad('Arabic digits', withAmount('٢٠'), AMOUNT),
  bad('1e309', withTime('1e309'), TIME),
  bad('2^53', withTime('9007199254740992'), TIME),
  bad('a half', withTime('1.5'), TIME),
  bad('a time before 1970', withTime('-1'), TIME),
  bad('null', withTime('null'), TIME),
  bad('an array', '[]', [400, 'invalid-input', '']),
  bad('nothing', '', NOT_JSON),
  bad('a key twice', '{"reason":"a","reason":"b"}', NOT_JSON, '/control/stop'),
  bad('a key twice, written apart', '{"reason":"a","\\u0072eason":"b"}', NOT_JSON, '/control/stop'),
  bad('__proto__', '{"reason":"a","__proto__":{"x":1}}', NOT_JSON, '/control/stop'),
  bad(
    'constructor',
    '{"reason":"a","constructor":{}}',
    [400, 'invalid-input', 'constructor'],
    '/control/stop',
  ),
  bad(
    'an unknown field',
    '{"reason":"a","force":true}',
    [400, 'invalid-input', 'force'],
    '/control/stop',
  ),
  bad('depth 10,000', nested(10_000), NOT_JSON),
  bad('10 MB', `"${'x'.repeat(10_000_000)}"`, [413, 'too-large']),
  bad('one byte too much', ' '.repeat(65_537), [413, 'too-large']),
  bad('invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), NOT_JSON),
  bad('a lone surrogate', '{"reason":"\\ud83d"}', REASON, '/control/stop'),
  bad('NUL', stopFor('a\0b'), REASON, '/control/stop'),
  bad('a right-to-left mark', stopFor('safe \u202e efas'), REASON, '/control/stop'),
  bad('CRLF', stopFor('a\r\nSET x'), REASON, '/control/stop'),
  bad('an empty reason', stopFor('  '), REASON, '/control/pause'),
  bad('a reason of 1,001', stopFor('x'.repeat(1_001)), REASON, '/control/pause'),
  bad(
    'a market in small letters',
    json({ reason: 'a', market: 'sol-usdc' }),
    [400, 'invalid-input', 'market'],
    '/control/pause',
  ),
  bad(
    'a market nobody trades',
    json({ reason: 'a', market: 'SOL-SOL' }),
    [404, 'market-unknown'],
    '/control/pause',
  ),
  bad('SQL in an id', answerTo("x'; drop table trades; --"), TRADE, '/control/approve'),
  bad('NUL in an id', answerTo('r1\0'), TRADE, '/control/approve'),
  bad(
    'a path for an operator',
    json({ trade: 'x', operator: '../bob', reason: 'a' }),
    [400, 'invalid-input', 'operator'],
    '/control/reject',
  ),
  bad('a trade that is none', answerTo('nosuchtrade'), [404, 'trade-unknown'], '/control/reject'),
  bad('a like-pattern for an id', answerTo('r1_SOL'), [404, 'trade-unknown'], '/control/approve'),
  bad(
    'a feature of null',
    json({ market_data: { market: 'SOL-USDC', features: [null] }, timestamp: 1 }),
    [400, 'invalid-input', 'market_data.features.0'],
    '/ai/analyze',
  ),
  bad(
    'too many features',
    json({ market_data: { market: 'SOL-USDC', features: Array(257).fill(0) }, timestamp: 1 }),
    [400, 'invalid-input', 'market_data.features'],
    '/ai/analyze',
  ),
  bad(
    'a market unheard of',
    json({ market_data: { market: 'ABC-USDC' }, timestamp: 1 }),
    [404, 'market-unknown', 'market_data.market'],
    '/ai/analyze',
  ),
  bad(
    'an address for a screen',
    json({
      market_data: { market: 'SOL-USDC' },
      context: { screen: 'http://169.254.169.254/' },
      timestamp: 1,
    }),
    [400, 'invalid-input', 'context.screen'],
    '/ai/analyze',
  ),
  bad(
    'an alert without its time',
    json({ version: '4', alerts: [{ status: 'firing', labels: {} }] }),
    [400, 'invalid-input', 'alerts.0.startsAt'],
    '/control/alert',
  ),
  bad(
    'a label that is no text',
    json({
      version: '4',
      alerts: [
        { status: 'firing', labels: { action: ['stop'] }, startsAt: '2026-01-01T00:00:00Z' },
      ],
    }),
    [400, 'invalid-input', 'alerts.0.labels.action'],
    '/control/alert',
  ),
];
