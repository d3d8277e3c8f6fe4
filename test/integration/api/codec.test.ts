import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPayloadCodec } from '../../../adapters/payloads/payload-codec.ts';
import { startApi, type RunningApi } from './running-api.ts';

const KEY = randomBytes(32).toString('hex');
const UI = 'http://localhost:8233';
const codec = createPayloadCodec({ keys: [Buffer.from(KEY, 'hex')], inTemporal: true });
const PLAIN = {
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from('{"buy":"3 SOL"}').toString('base64'),
};

let api: RunningApi;
let token: string;

beforeAll(async () => {
  api = await startApi({
    OVERMIND_PAYLOAD_KEYS: KEY,
    OVERMIND_TEMPORAL_CODEC: 'on',
    OVERMIND_TEMPORAL_UI_URL: UI,
  });
  token = await api.makeToken('ui', 'decode');
}, 180_000);

afterAll(() => api?.system.stop(), 60_000);

const basic = (text: string) => `Basic ${Buffer.from(`anybody:${text}`).toString('base64')}`;

describe('the codec server', () => {
  it('seals what it is given, and opens it and what a worker sealed', async () => {
    const sealed = await api.send('/codec/encode', { payloads: [PLAIN] }, { token });
    expect(sealed.status).toBe(200);
    expect(JSON.stringify(sealed.body)).not.toContain(PLAIN.data.slice(0, 12));
    const [payload] = await codec.encode([
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"buy":"3 SOL"}') },
    ]);
    const ofWorker = {
      metadata: { encoding: Buffer.from(payload?.metadata?.['encoding'] ?? '').toString('base64') },
      data: Buffer.from(payload?.data ?? '').toString('base64'),
    };
    // A payload that was never sealed stays what it is.
    const payloads = [...(sealed.body['payloads'] as object[]), ofWorker, PLAIN];
    const opened = await api.send('/codec/decode', { payloads }, { token });
    expect(opened.body).toEqual({ payloads: [PLAIN, PLAIN, PLAIN] });
  });

  it('takes a page of a long history, and no more', async () => {
    const long = { ...PLAIN, data: Buffer.alloc(1_500_000, 'x').toString('base64') };
    const taken = await api.send('/codec/encode', { payloads: [long] }, { token });
    expect(taken.status).toBe(200);
    const longer = { ...PLAIN, data: Buffer.alloc(6_500_000, 'x').toString('base64') };
    const { status, body } = await api.send('/codec/encode', { payloads: [longer] }, { token });
    expect([status, body['code']]).toEqual([413, 'too-large']);
  });

  it.each([
    ['without a token', {}, 401],
    ['with a token of another scope', undefined, 403],
    ['with a wrong password', { authorization: basic('ovm_0123456789abcdef_x') }, 401],
  ])('opens nothing %s', async (_what, headers, status) => {
    const how = headers === undefined ? {} : { token: '', headers };
    const answer = await api.send('/codec/decode', { payloads: [PLAIN] }, how);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Basic/);
  });

  it('says which key is missing, and never a 5xx', async () => {
    const [stranger] = await createPayloadCodec({
      keys: [randomBytes(32)],
      inTemporal: true,
    }).encode([{ metadata: {}, data: Buffer.from('x') }]);
    const payload = {
      metadata: { encoding: Buffer.from('binary/encrypted').toString('base64') },
      data: Buffer.from(stranger?.data ?? '').toString('base64'),
    };
    const { status, body } = await api.send('/codec/decode', { payloads: [payload] }, { token });
    expect([status, body['code']]).toEqual([409, 'payload-sealed']);
    expect(body['detail']).toMatch(/sealed with key [0-9a-f]{8}/);
    const cut = { ...payload, data: Buffer.from('x').toString('base64') };
    expect((await api.send('/codec/decode', { payloads: [cut] }, { token })).status).toBe(409);
    const noBase64 = { ...payload, data: '%' };
    const bad = await api.send('/codec/decode', { payloads: [noBase64] }, { token });
    expect([bad.status, bad.body['field']]).toEqual([400, 'payloads.0.data']);
  });

  it('lets a page of the Web UI ask, signed in as browsers sign in, and no other page', async () => {
    const url = `${api.system.apiUrl}/codec/decode`;
    const asking = (origin: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    for (const origin of [UI, 'http://127.0.0.1:8233']) {
      const allowed = await asking(origin);
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
      expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
      expect(allowed.headers.get('access-control-allow-headers')).toContain('x-namespace');
    }
    for (const origin of ['http://localhost:8080', 'https://localhost:8233', 'null']) {
      expect((await asking(origin)).headers.get('access-control-allow-origin')).toBeNull();
    }
    const headers = { authorization: basic(token), origin: UI };
    const opened = await api.send('/codec/decode', { payloads: [PLAIN] }, { token: '', headers });
    expect(opened.body).toEqual({ payloads: [PLAIN] });
    const signedIn = await fetch(`${api.system.apiUrl}/codec`, { headers });
    expect(signedIn.status).toBe(200);
  });

  it('is the only place where Basic counts: a page elsewhere can order nothing', async () => {
    const all = { token: '', headers: { authorization: basic(api.token), origin: UI } };
    const { status, headers } = await api.send('/control/stop', { reason: 'a' }, all);
    expect(status).toBe(401);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await fetch(`${api.system.apiUrl}/control/stop`, { method: 'OPTIONS' })).status).toBe(
      405,
    );
  });

  it('stands in the description with its own scope and limit', async () => {
    const described = await fetch(`${api.system.apiUrl}/openapi.json`);
    const { paths } = (await described.json()) as {
      readonly paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(paths['/codec']?.['get']).toMatchObject({ security: [{ token: [] }] });
    expect(paths['/health']?.['get']).not.toHaveProperty('security');
    const tooLarge = (path: string) => JSON.stringify(paths[path]?.['post']?.['responses']);
    expect(tooLarge('/codec/decode')).toContain('More than 8388608 bytes.');
    expect(tooLarge('/risk/validate')).toContain('More than 65536 bytes.');
  });

  it('stands in the way of no stop, whose workflow is sealed as well', async () => {
    const stopped = await api.cli('stop', '--json', '--no-wait');
    expect(stopped.json()).toMatchObject({ fenced: true });
  });
});
