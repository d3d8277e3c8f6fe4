import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRiskQuestion } from '../../support/api-requests.ts';
import { until } from '../../support/until.ts';
import { BAD_INPUTS } from './bad-inputs.ts';
import { startApi, type Reply, type RunningApi } from './running-api.ts';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
}, 180_000);

afterAll(() => api?.system.stop(), 60_000);

describe('a service token', () => {
  it('is kept as a hash, and shown by name without its secret', async () => {
    const token = api.token;
    const { rows } = await api.system.pool.query<{ readonly hash: Buffer }>(
      "select * from service_tokens where name = 'all'",
    );
    expect(rows[0]?.hash.toString('hex')).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify(rows)).not.toContain(token);
    const listed = await api.cli('token', 'list');
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
    } = await api.send('/risk/validate', aRiskQuestion(), {
      token: '',
      headers,
    });
    expect([status, body['code']]).toEqual([401, 'token-missing']);
    expect(said.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('is of no use with one character of its secret changed', async () => {
    const token = api.token;
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    expect((await api.send('/risk/validate', aRiskQuestion(), { token: wrong })).status).toBe(401);
  });

  it('is refused outside its scope', async () => {
    const token = await api.makeToken('asker', 'risk');
    expect((await api.send('/risk/validate', aRiskQuestion(), { token })).status).toBe(200);
    const { status, body } = await api.send('/control/stop', { reason: 'a' }, { token });
    expect([status, body['code']]).toEqual([403, 'outside-scope']);
    expect(await api.readState()).toMatchObject({ halted: false, haltEpoch: 0 });
  });

  it('is refused over its rate, apart from others, and heard again after a second', async () => {
    const token = await api.makeToken('hasty', 'risk');
    const replies: Reply[] = [];
    for (let turn = 0; turn < 100 && !replies.some(({ status }) => status === 429); turn += 1) {
      const asked = Array.from({ length: 32 }, () =>
        api.send('/risk/validate', aRiskQuestion(), { token }),
      );
      replies.push(...(await Promise.all(asked)));
    }
    const over = replies.filter(({ status }) => status === 429);
    expect(over.length).toBeGreaterThan(0);
    expect(over[0]?.body['code']).toBe('too-many-requests');
    expect(over[0]?.headers.get('retry-after')).toBe('1');
    expect(replies.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect((await api.send('/risk/validate', aRiskQuestion())).status).toBe(200);
    await until('heard again', async () => {
      const { status } = await api.send('/risk/validate', aRiskQuestion(), { token });
      return status === 200 ? true : undefined;
    });
  });

  it('is refused once it is revoked, and its name is free again', async () => {
    const token = await api.makeToken('leaver', 'risk');
    expect((await api.send('/risk/validate', aRiskQuestion(), { token })).status).toBe(200);
    const twice = await api.cli('token', 'create', '--name', 'leaver', '--scope', 'risk');
    expect([twice.code, twice.stdout]).toEqual([2, '']);
    expect((await api.cli('token', 'revoke', 'leaver', '--json')).json()).toMatchObject({
      revoked: true,
    });
    await until('refused', async () => {
      const { status } = await api.send('/risk/validate', aRiskQuestion(), { token });
      return status === 401 ? true : undefined;
    });
    expect((await api.cli('token', 'revoke', 'leaver')).code).toBe(1);
    await api.makeToken('leaver', 'risk');
  });
});

describe('bad input', () => {
  it.each(BAD_INPUTS.map((one) => [one.path, one.what, one] as const))(
    '%s: %s',
    async (_path, _what, { path, body, status, code, field }) => {
      const before = await api.readState();
      const reply = await api.send(path, body);
      expect([reply.status, reply.body['code'], reply.body['field']]).toEqual([
        status,
        code,
        field,
      ]);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(await api.readState()).toEqual(before);
    },
  );

  it.each([
    ['no content type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('%s is 415', async (_what, headers) => {
    const { status, body } = await api.send('/risk/validate', aRiskQuestion(), { headers });
    expect([status, body['code']]).toEqual([415, 'wrong-content-type']);
  });

  it('of another method is 405, and says which', async () => {
    const { status, body, headers } = await api.send('/control/stop', '', { method: 'GET' });
    expect([status, body['code'], headers.get('allow')]).toEqual([405, 'wrong-method', 'POST']);
  });
});

describe('/risk/validate', () => {
  it('approves what fits, with the largest share as its score', async () => {
    const { status, body } = await api.send('/risk/validate', aRiskQuestion());
    expect(status).toBe(200);
    expect(body).toEqual({ approved: true, risk_score: 1, adjustments: [], breaches: [] });
    const wide = { position_share_bps_max: 1_000, slippage_bps_max: 500 };
    const eased = await api.send('/risk/validate', { ...aRiskQuestion(), limits: wide });
    expect(eased.body).toMatchObject({ approved: true, risk_score: 0.4 }); // 200 of 500 USDC.
  });

  it('makes an entry smaller where that is enough, and names every breach where it is not', async () => {
    const smaller = await api.send('/risk/validate', {
      ...aRiskQuestion(),
      limits: { notional_max: '50000000' },
    });
    expect(smaller.body).toMatchObject({
      approved: true,
      adjustments: [{ rule: 'notional', field: 'amountIn', from: '200000000', to: '50000000' }],
    });
    const refused = await api.send('/risk/validate', {
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
    expect((await api.send('/risk/validate', question)).body['approved']).toBe(true);
    const more = { ...question, signal: { ...sale, amount_in: '1001' } };
    expect((await api.send('/risk/validate', more)).body['breaches']).toMatchObject([
      { rule: 'unknown-position' },
    ]);
  });
});

describe('/openapi.json', () => {
  it('describes every route from its own schema', async () => {
    const response = await fetch(`${api.system.apiUrl}/openapi.json`);
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
