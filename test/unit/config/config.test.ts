import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/config.ts';
import { CONFIG_VARIABLES } from '../../../config/environment.ts';
import { executorAddresses } from '../../../config/executor-addresses.ts';
import { tipFor } from '../../../domain/execution/fees.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { WRONG } from './wrong-values.ts';

/** Any text will do: names of files and folders, keys, passwords. */
const ANY_TEXT = [
  'OVERMIND_LIVE_CONFIRM',
  'OPENAI_API_KEY',
  'OVERMIND_LLM_MODEL',
  'OVERMIND_LLM_SECOND_API_KEY',
  'OVERMIND_LLM_SECOND_MODEL',
  'OVERMIND_LLM_LOCAL_MODEL',
  'OVERMIND_TENSORZERO_FUNCTION',
  'HELIUS_API_KEY',
  'POSTGRES_PASSWORD',
  'DRAGONFLY_PASSWORD',
  'OVERMIND_HOME',
  'OVERMIND_DATA_DIR',
  'OVERMIND_WALLET_FILE',
  'OVERMIND_PERMIT_KEY_FILE',
  'OVERMIND_BEAT_FILE',
  'OVERMIND_ALERT_SMTP_USER',
  'OVERMIND_ALERT_SMTP_PASSWORD',
  'OVERMIND_ALERT_TELEGRAM_TOKEN',
  'OVERMIND_FAILPOINT',
];

function faultsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof OvermindError && error.code === 'config/invalid') {
      return (error as OvermindError<'config/invalid'>).context.faults.split('\n');
    }
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('is judged here for every variable', () => {
    expect([...Object.keys(WRONG), ...ANY_TEXT].toSorted()).toEqual(CONFIG_VARIABLES.toSorted());
  });

  it.each(Object.entries(WRONG))('says what is wrong with %s', (name, [value, said]) => {
    const faults = faultsOf(() => loadConfig({ [name]: value }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${name}: ${said}`);
  });

  it('reports all faults at once, with those of the mode', () => {
    const wrong = Object.fromEntries(Object.entries(WRONG).map(([name, [value]]) => [name, value]));
    expect(faultsOf(() => loadConfig(wrong))).toHaveLength(Object.keys(WRONG).length);
    const live = { SNIPER_TRADING_MODE: 'live', OVERMIND_EV_GATE: 'observe', CHROMA_URL: 'x' };
    expect(faultsOf(() => loadConfig(live))).toEqual([
      'CHROMA_URL: got (hidden), wants a URL that begins with http:// or https://',
      'OVERMIND_LIVE_CONFIRM: got nothing, wants the public key of the wallet before real money is traded',
      'OVERMIND_EV_GATE: got "observe", wants enforce, which is all that live has',
    ]);
  });

  it('wants no smallest size above the full one', () => {
    const sizes = { OVERMIND_TRADE_NOTIONAL_USD: '10', OVERMIND_TRADE_NOTIONAL_USD_MIN: '10.01' };
    expect(faultsOf(() => loadConfig(sizes))).toEqual([
      'OVERMIND_TRADE_NOTIONAL_USD_MIN: got "10.01", wants at most OVERMIND_TRADE_NOTIONAL_USD',
    ]);
  });

  it('shows no password, key or address in a fault', () => {
    const secret = 'hunter2secret';
    const names = CONFIG_VARIABLES.filter((name) => /URL|KEY|PASSWORD/.test(name));
    const faults = faultsOf(() =>
      loadConfig({
        ...Object.fromEntries(names.map((name) => [name, `x://u:${secret}@host/${secret}`])),
        OVERMIND_LOG_LEVEL: 'loud',
      }),
    );
    expect(faults.length).toBeGreaterThan(5);
    expect(faults.join('\n')).not.toContain(secret);
  });

  it('takes an empty value for none', () => {
    const empty = Object.fromEntries(CONFIG_VARIABLES.map((name) => [name, '']));
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });

  it('observes in paper and enforces everywhere else', () => {
    expect(loadConfig({}).evGate).toBe('observe');
    expect(loadConfig({ OVERMIND_EV_GATE: 'enforce' }).evGate).toBe('enforce');
    expect(loadConfig({ SNIPER_TRADING_MODE: 'shadow' }).evGate).toBe('enforce');
  });

  it('keeps paper away from public clusters, whatever the environment names', () => {
    const env = {
      QUICKNODE_RPC_URL: 'https://provider/token',
      HELIUS_API_KEY: 'key',
      OVERMIND_JITO_URLS: 'https://block-engine',
      OVERMIND_SENDER_URLS: 'https://sender',
      OVERMIND_TIP_FLOOR_URL: 'https://tips',
    };
    expect(loadConfig(env)).toEqual(loadConfig({}));
    expect(loadConfig({ ...env, OVERMIND_RPC_URLS: 'http://a' }).addresses).toMatchObject({
      rpc: ['http://a'],
      jito: undefined,
      sender: undefined,
      tipFloor: undefined,
    });
    const shadow = loadConfig({
      ...env,
      SNIPER_TRADING_MODE: 'shadow',
      OVERMIND_TIP_LAMPORTS_MAX: '2000000',
    });
    expect(shadow.addresses).toMatchObject({
      rpc: ['https://provider/token'],
      jito: ['https://block-engine'],
      sender: ['https://sender'],
      tipFloor: 'https://tips',
    });
  });

  it.each([
    [{}, 1_111_112],
    [{ OVERMIND_SENDER_TIER: 'swqos-only' }, 5_556],
    [{ OVERMIND_SENDER_TIP_LAMPORTS_MIN: '200000' }, 222_223],
  ])('wants a cap of tips under which Sender’s minimum is reached: %o', (over, least) => {
    const sending = {
      SNIPER_TRADING_MODE: 'shadow',
      OVERMIND_SENDER_URLS: 'http://fra-sender.helius-rpc.com/?api-key=x',
      ...over,
    };
    const atCap = (cap: number) => ({ ...sending, OVERMIND_TIP_LAMPORTS_MAX: String(cap) });
    const { sender, rpcRequestsPerSecond, tipPercentile } = loadConfig(atCap(least)).sending;
    expect([sender.requestsPerSecond, rpcRequestsPerSecond, tipPercentile]).toEqual([50, 5, '75']);
    for (const id of ['a/entry/1', 'b/entry/1', 'c/exit/2']) {
      expect(tipFor(id, BigInt(least), sender.tipMin)).toBeGreaterThanOrEqual(sender.tipMin);
    }
    const wanted = `wants at least ${least}, so that tips reach what Sender asks for`;
    expect(faultsOf(() => loadConfig(atCap(least - 1)))).toEqual([
      `OVERMIND_TIP_LAMPORTS_MAX: got "${least - 1}", ${wanted}`,
    ]);
    expect(loadConfig({ ...atCap(1_000), SNIPER_TRADING_MODE: 'paper' }).mode).toBe('paper');
  });

  it('counts money in base units', () => {
    const { notionalMax } = loadConfig({ OVERMIND_RISK_NOTIONAL_USD_MAX: '250.000001' }).risk;
    expect(notionalMax).toBe(250_000_001n);
  });

  it('gives a deep home a short socket', () => {
    const deep = loadConfig({ OVERMIND_HOME: `/${'deep/'.repeat(30)}` }).files.executorSocket;
    expect(Buffer.byteLength(deep)).toBeLessThanOrEqual(107);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');

  it('lists every variable once, in order, each under a line that explains it', () => {
    const lines = text.split('\n').filter((line) => line !== '');
    const names = lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names).toEqual(CONFIG_VARIABLES);
    for (const name of names) {
      const at = lines.findIndex((line) => line.startsWith(`${name}=`));
      expect(lines[at - 1], name).toMatch(/^# \S/);
    }
  });

  it('holds the defaults', () => {
    expect(loadConfig(parseEnv(text) as Record<string, string>)).toEqual(loadConfig({}));
  });
});

describe('the executor', () => {
  const addresses = {
    DATABASE_URL: 'postgres://host/db',
    DRAGONFLY_URL: 'redis://host',
    OVERMIND_RPC_URLS: 'http://a,http://b',
  };

  it('sends to the first RPC address where no block engine is named', () => {
    expect(executorAddresses(loadConfig(addresses))).toMatchObject({
      rpc: ['http://a', 'http://b'],
      jito: ['http://a'],
    });
  });

  it('has a Sender and a tip floor in the first RPC address, but no Sender it cannot tip', () => {
    const tipFloor = 'http://a/api/v1/bundles/tip_floor';
    const given = executorAddresses(loadConfig(addresses));
    expect(given).toMatchObject({ sender: ['http://a'], tipFloor });
    const low = loadConfig({ ...addresses, OVERMIND_TIP_LAMPORTS_MAX: '5555' });
    expect(executorAddresses(low).sender).toEqual([]);
  });

  it.each(['shadow', 'live'])('does not start in %s, and says why', (mode) => {
    const env = { ...addresses, SNIPER_TRADING_MODE: mode, OVERMIND_LIVE_CONFIRM: 'wallet' };
    expect(faultsOf(() => executorAddresses(loadConfig(env)))).toEqual([
      `SNIPER_TRADING_MODE: ${mode} is not built yet, wants paper`,
    ]);
  });

  it('names everything that is missing at once', () => {
    const env = { SNIPER_TRADING_MODE: 'shadow' };
    expect(faultsOf(() => executorAddresses(loadConfig(env)))).toHaveLength(4);
  });
});

describe('whom alerts are told to', () => {
  const email = {
    OVERMIND_ALERT_EMAIL_TO: 'ops@example.com',
    OVERMIND_ALERT_EMAIL_FROM: 'overmind@example.com',
    OVERMIND_ALERT_SMTP_ADDRESS: 'mail.example.com:587',
  };

  it('is nobody unless it is said', () => {
    expect(loadConfig({}).alerts).toEqual({});
    expect(loadConfig(email).alerts).toEqual({
      email: {
        to: 'ops@example.com',
        from: 'overmind@example.com',
        smarthost: 'mail.example.com:587',
      },
    });
  });

  it.each([
    ['OVERMIND_ALERT_EMAIL_FROM', { ...email, OVERMIND_ALERT_EMAIL_FROM: '' }],
    ['OVERMIND_ALERT_SMTP_PASSWORD', { ...email, OVERMIND_ALERT_SMTP_USER: 'me' }],
    ['OVERMIND_ALERT_TELEGRAM_TOKEN', { OVERMIND_ALERT_TELEGRAM_CHAT_ID: '-5' }],
  ])('is not half said: %s', (name, env) => {
    const faults = faultsOf(() => loadConfig(env));
    expect(faults).toEqual([
      `${name}: got nothing, wants a value, since another one of its receiver is given`,
    ]);
  });
});
