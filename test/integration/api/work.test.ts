import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { readControlState } from '../../../adapters/ledger/read-control.ts';
import { openTradeRow } from '../../../adapters/ledger/trade-rows.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { createMarketBrain } from '../../../domain/learning/market-brain.ts';
import { aRiskQuestion } from '../../support/api-requests.ts';
import { runCli } from '../../support/cli.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { startSmallSystem, type SmallSystem } from '../../support/small-system.ts';
import { until } from '../../support/until.ts';
import {
  untilWaiting,
  waitingTrades,
  type WaitingTrade,
  type WaitingTrades,
} from '../../support/waiting-trades.ts';
import { BAD_INPUTS } from './bad-inputs.ts';

let system: SmallSystem;
let trades: WaitingTrades;
const stops: (() => unknown)[] = [];
const tokens = new Map<string, string>();

const cli = (...args: string[]) => runCli(args, { OVERMIND_HOME: system.home });

async function makeToken(name: string, scopes: string): Promise<string> {
  const made = await cli('token', 'create', '--name', name, '--scope', scopes, '--json');
  const token = String(made.json()['token']);
  tokens.set(name, token);
  return token;
}

type Reply = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

async function send(
  path: string,
  body: string | Buffer | object,
  { token = tokens.get('all') ?? '', headers = {} as Record<string, string>, method = 'POST' } = {},
): Promise<Reply> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const response = await fetch(`${system.apiUrl}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(method === 'POST' ? { body: text as string } : {}),
  });
  // Whatever is answered is an object; each test says which.
  const said = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body: said, headers: response.headers };
}

/** What an order could have changed. */
async function readState() {
  const { halted, haltEpoch, reduceOnly } = await readControlState(system.pool);
  const { rows } = await system.pool.query<{ readonly trades: string }>(
    'select count(*) as trades from trades',
  );
  return { halted, haltEpoch, reduceOnly, trades: rows[0]?.trades };
}

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  system = await startSmallSystem();
  stops.push(() => system.stop());
  const { temporalAddress } = system.servers;
  const connection = await connectNative(temporalAddress);
  stops.push(() => connection.close());
  const client = await connectTemporal(temporalAddress);
  stops.push(() => client.close());
  const bundlePath = await workflowBundleIn(system.home);
  trades = waitingTrades({ connection, client, bundlePath });
  await makeToken('all', 'analyze,risk,control');
  await makeToken('asker', 'risk');
  await makeToken('alertmanager', 'alert');
}, 180_000);

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
}, 60_000);

describe('a service token', () => {
  it('is kept as a hash, and shown by name without its secret', async () => {
    const token = tokens.get('all') ?? '';
    const { rows } = await system.pool.query<{ readonly hash: Buffer }>(
      "select * from service_tokens where name = 'all'",
    );
    expect(rows[0]?.hash.toString('hex')).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify(rows)).not.toContain(token);
    const listed = await cli('token', 'list');
    expect(listed.stdout).toContain('analyze, risk, control');
    expect(listed.stdout).not.toContain(token);
  });

  it.each([
    ['nothing', {}],
    ['no token at all', { authorization: 'Bearer ' }],
    ['none', { authorization: 'Bearer none' }],
    ['another scheme', { authorization: 'Basic YWxsOnBhc3M=' }],
    ['a token of unequal length', { authorization: 'Bearer ovm_0123456789abcdef_x' }],
    [
      'a token that nobody made',
      { authorization: `Bearer ovm_0123456789abcdef_${'A'.repeat(43)}` },
    ],
  ])('is wanted: %s is 401', async (_what, headers) => {
    const {
      status,
      body,
      headers: said,
    } = await send('/risk/validate', aRiskQuestion(), {
      token: '',
      headers,
    });
    expect([status, body['code']]).toEqual([401, 'token-missing']);
    expect(said.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('is of no use with one character of its secret changed', async () => {
    const token = tokens.get('all') ?? '';
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    expect((await send('/risk/validate', aRiskQuestion(), { token: wrong })).status).toBe(401);
  });

  it('is refused outside its scope', async () => {
    const token = tokens.get('asker') ?? '';
    expect((await send('/risk/validate', aRiskQuestion(), { token })).status).toBe(200);
    const { status, body } = await send('/control/stop', { reason: 'a' }, { token });
    expect([status, body['code']]).toEqual([403, 'outside-scope']);
    expect(await readState()).toMatchObject({ halted: false, haltEpoch: 0 });
  });

  it('is refused over its rate, apart from others, and heard again after a second', async () => {
    const token = await makeToken('hasty', 'risk');
    const replies: Reply[] = [];
    for (let turn = 0; turn < 100 && !replies.some(({ status }) => status === 429); turn += 1) {
      const asked = Array.from({ length: 32 }, () =>
        send('/risk/validate', aRiskQuestion(), { token }),
      );
      replies.push(...(await Promise.all(asked)));
    }
    const over = replies.filter(({ status }) => status === 429);
    expect(over.length).toBeGreaterThan(0);
    expect(over[0]?.body['code']).toBe('too-many-requests');
    expect(over[0]?.headers.get('retry-after')).toBe('1');
    expect(replies.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect((await send('/risk/validate', aRiskQuestion())).status).toBe(200);
    await until('heard again', async () => {
      const { status } = await send('/risk/validate', aRiskQuestion(), { token });
      return status === 200 ? true : undefined;
    });
  });

  it('is refused once it is revoked, and its name is free again', async () => {
    const token = await makeToken('leaver', 'risk');
    expect((await send('/risk/validate', aRiskQuestion(), { token })).status).toBe(200);
    const twice = await cli('token', 'create', '--name', 'leaver', '--scope', 'risk');
    expect([twice.code, twice.stdout]).toEqual([2, '']);
    expect((await cli('token', 'revoke', 'leaver', '--json')).json()).toMatchObject({
      revoked: true,
    });
    await until('refused', async () => {
      const { status } = await send('/risk/validate', aRiskQuestion(), { token });
      return status === 401 ? true : undefined;
    });
    expect((await cli('token', 'revoke', 'leaver')).code).toBe(1);
    await makeToken('leaver', 'risk');
  });
});

describe('bad input', () => {
  it.each(BAD_INPUTS.map((one) => [one.path, one.what, one] as const))(
    '%s: %s',
    async (_path, _what, { path, body, status, code, field }) => {
      const before = await readState();
      const reply = await send(path, body);
      expect([reply.status, reply.body['code'], reply.body['field']]).toEqual([
        status,
        code,
        field,
      ]);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(await readState()).toEqual(before);
    },
  );

  it.each([
    ['no content type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('%s is 415', async (_what, headers) => {
    const { status, body } = await send('/risk/validate', aRiskQuestion(), { headers });
    expect([status, body['code']]).toEqual([415, 'wrong-content-type']);
  });

  it('of another method is 405, and says which', async () => {
    const { status, body, headers } = await send('/control/stop', '', { method: 'GET' });
    expect([status, body['code'], headers.get('allow')]).toEqual([405, 'wrong-method', 'POST']);
  });
});

describe('/risk/validate', () => {
  it('approves what fits, with the largest share as its score', async () => {
    const { status, body } = await send('/risk/validate', aRiskQuestion());
    expect(status).toBe(200);
    expect(body).toEqual({ approved: true, risk_score: 1, adjustments: [], breaches: [] });
    const wide = { position_share_bps_max: 1_000, slippage_bps_max: 500 };
    const eased = await send('/risk/validate', { ...aRiskQuestion(), limits: wide });
    expect(eased.body).toMatchObject({ approved: true, risk_score: 0.4 }); // 200 of 500 USDC.
  });

  it('makes an entry smaller where that is enough, and names every breach where it is not', async () => {
    const smaller = await send('/risk/validate', {
      ...aRiskQuestion(),
      limits: { notional_max: '50000000' },
    });
    expect(smaller.body).toMatchObject({
      approved: true,
      adjustments: [{ rule: 'notional', field: 'amountIn', from: '200000000', to: '50000000' }],
    });
    const refused = await send('/risk/validate', {
      ...aRiskQuestion(),
      portfolio: {
        ...aRiskQuestion().portfolio,
        positions: [{ market: 'SOL-USDC', quantity: '1', cost: '1' }],
        realised_today: '-300000001',
      },
    });
    expect(refused.body['approved']).toBe(false);
    expect(refused.body['risk_score']).toBe(1);
    const rules = (refused.body['breaches'] as { readonly rule: string }[]).map(({ rule }) => rule);
    expect(rules).toEqual(['position-open', 'daily-loss']);
  });

  it('lets a sale of what is held pass, and no larger one', async () => {
    const { signal, portfolio } = aRiskQuestion();
    const sale = {
      ...signal,
      side: 'sell',
      amount_in: '1000',
      quoted_out: '150',
      min_amount_out: '149',
    };
    const positions = [{ market: 'SOL-USDC', quantity: '1000', cost: '150' }];
    const question = { signal: sale, portfolio: { ...portfolio, positions } };
    expect((await send('/risk/validate', question)).body['approved']).toBe(true);
    const more = { ...question, signal: { ...sale, amount_in: '1001' } };
    expect((await send('/risk/validate', more)).body['breaches']).toMatchObject([
      { rule: 'unknown-position' },
    ]);
  });
});

describe('/ai/analyze', () => {
  const HISTORY = 600;
  const ask = (market_data: object, timestamp: number) =>
    send('/ai/analyze', { market_data, context: { screen: 'breakout' }, timestamp });

  it('answers as the brain would a trade, and keeps nothing of it', async () => {
    const states = await syntheticStates(HISTORY);
    const last = states.at(-1)!;
    const { market, marketTimeMs } = last.event;
    await createStreamWriter(system.bus).appendAll(
      STREAMS.market,
      states.map((state) => ({ e: JSON.stringify(state) })),
    );
    const { status, body } = await until('the brain has heard of it', async () => {
      const reply = await ask({ market }, marketTimeMs);
      return reply.status === 200 && Number(reply.body['memory_size']) > 300 ? reply : undefined;
    });
    const pure = createMarketBrain(market);
    for (const state of states) pure.observe(state);
    const opinion = await until('all of it', async () => {
      const reply = await ask({ market }, marketTimeMs);
      const expected = pure.analyse(candidateOf(last));
      return reply.body['probability'] === expected.probability ? expected : undefined;
    });
    expect([status, body['confidence']]).toEqual([200, opinion.conviction]);
    expect(['BUY', 'SELL', 'HOLD']).toContain(body['decision']);
    expect(body['reasoning']).toContain(opinion.reasons[0]);

    const named = { market, price: last.event.close, features: last.features };
    expect((await ask(named, marketTimeMs)).body).toEqual(body);
    const short = await ask({ ...named, features: [1, 2, 3] }, marketTimeMs);
    expect([short.status, short.body['code']]).toEqual([422, 'not-analysable']);
  }, 60_000);
});

describe('/openapi.json', () => {
  it('describes every route from its own schema', async () => {
    const response = await fetch(`${system.apiUrl}/openapi.json`);
    const text = await response.text();
    const { openapi, paths } = JSON.parse(text) as {
      readonly openapi: string;
      readonly paths: Record<string, { readonly post?: { readonly security: unknown } }>;
    };
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths).toSorted()).toEqual(
      [
        ...['/health', '/ready', '/metrics', '/openapi.json', '/ai/analyze', '/risk/validate'],
        ...['/control/stop', '/control/pause', '/control/resume', '/control/alert'],
        ...['/control/approve', '/control/reject'],
      ].toSorted(),
    );
    expect(text).toContain('"min_amount_out"');
    expect(paths['/control/stop']?.post?.security).toEqual([{ token: [] }]);
  });
});

describe('an entry that waits', () => {
  const begin = (trade: WaitingTrade) =>
    openTradeRow(system.pool, trade.candidate, trade.workflowId).then(() => untilWaiting(trade));

  it(
    'is approved over the API once, and refused twice',
    () =>
      trades.run('over-api', {}, async (trade) => {
        await begin(trade);
        const order = { trade: 'over-api-1', operator: 'alice', reason: 'looks right' };
        const stranger = await send('/control/approve', { ...order, operator: 'mallory' });
        expect([stranger.status, stranger.body['code'], stranger.body['detail']]).toEqual([
          ...[409, 'approval-refused', 'no operator mallory is known to this trade'],
        ]);
        const { status, body } = await send('/control/approve', order);
        expect([status, body]).toEqual([
          200,
          { trade: trade.candidate.signalId, answer: 'approved', operator: 'alice' },
        ]);
        await trade.result();
        expect((await send('/control/reject', order)).status).toBe(409);
      }),
    60_000,
  );

  it(
    'is rejected by the command',
    () =>
      trades.run('by-command', {}, async (trade) => {
        await begin(trade);
        const args = ['reject', 'by-command-1', '--as', 'bob', '--reason', 'too large', '--json'];
        expect((await cli(...args)).json()).toEqual({
          ...{ trade: trade.candidate.signalId, answer: 'rejected', operator: 'bob' },
        });
        expect((await trade.result()).why).toContain('Rejected by bob: too large');
        const again = await cli(...args);
        expect([again.code, again.stderr]).toEqual([
          5,
          expect.stringContaining('the trade is over'),
        ]);
      }),
    60_000,
  );
});

/** In this order: the last one stops the system. */
describe('control', () => {
  it('pauses one market or all, and lifts it again', async () => {
    const { body } = await send('/control/pause', { reason: 'looking', market: 'SOL-USDC' });
    expect(body).toEqual({ scope: 'SOL-USDC', reduce_only: true, changed: true });
    expect((await readState()).reduceOnly).toMatchObject([
      { scope: 'SOL-USDC', reason: 'looking' },
    ]);
    const lifted = await send('/control/resume', { reason: 'seen', market: 'SOL-USDC' });
    expect(lifted.body).toEqual({ scope: 'SOL-USDC', reduce_only: false, changed: true });
    expect((await readState()).reduceOnly).toEqual([]);
  });

  const alerts = (action: string, status = 'firing') => ({
    version: '4',
    receiver: 'overmind',
    status,
    alerts: [
      {
        status,
        labels: { alertname: 'DailyLossNear', action, severity: 'critical' },
        annotations: { summary: 'x' },
        startsAt: '2026-11-26T10:00:00.123Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://localhost/',
        fingerprint: '0123456789abcdef',
      },
    ],
  });
  const token = () => tokens.get('alertmanager') ?? '';

  it('pauses for an alert that asks for it, and for no other', async () => {
    const ignored = await send('/control/alert', alerts('look'), { token: token() });
    expect(ignored.body).toEqual({ done: 'none', alerts: [] });
    await send('/control/alert', alerts('stop', 'resolved'), { token: token() });
    expect(await readState()).toMatchObject({ halted: false, reduceOnly: [] });
    const paused = await send('/control/alert', alerts('pause'), { token: token() });
    expect(paused.body).toEqual({ done: 'pause', alerts: ['DailyLossNear'] });
    expect((await readState()).reduceOnly).toMatchObject([
      { scope: 'all', reason: 'alert DailyLossNear' },
    ]);
    await send('/control/resume', { reason: 'seen' });
  });

  it('stops for an alert once, however often AlertManager repeats it', async () => {
    const stopped = await send('/control/alert', alerts('stop'), { token: token() });
    expect([stopped.status, stopped.body]).toEqual([
      200,
      { done: 'stop', alerts: ['DailyLossNear'] },
    ]);
    expect(await readState()).toMatchObject({ halted: true, haltEpoch: 1 });
    await send('/control/alert', alerts('stop'), { token: token() });
    expect((await readState()).haltEpoch).toBe(1);
  });

  it('stops by every road, and lifts no halt', async () => {
    const { status, body } = await send('/control/stop', { reason: 'enough' });
    expect([status, body['fenced'], body['haltEpoch']]).toEqual([200, true, 2]);
    await until('the api knows', async () => {
      const resumed = await send('/control/resume', { reason: 'go on' });
      return resumed.status === 409 && resumed.body['code'] === 'halted' ? true : undefined;
    });
    expect(await readState()).toMatchObject({ halted: true, haltEpoch: 2 });
  });
});
