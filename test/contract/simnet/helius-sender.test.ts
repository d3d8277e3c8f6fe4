import {
  PublicKey,
  type Connection,
  type Keypair,
  type TransactionInstruction,
} from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { senderTipAccounts } from '../../../adapters/senders/tip-accounts.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import {
  base64,
  budget,
  connectTo,
  fundedWallet,
  landed,
  rpc,
  signedV0,
  transfer,
} from './client.ts';

const JITO_TIP_ACCOUNT = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');
const ONCE = { encoding: 'base64', skipPreflight: true, maxRetries: 0 };

let simnet: RunningSimnet;
let connection: Connection;
let payer: Keypair;

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 20 });
  connection = connectTo(simnet);
  payer = await fundedWallet(simnet.url);
});
afterAll(() => simnet.stop());

const [account = new Uint8Array()] = senderTipAccounts();
const tip = (lamports: number, to = new PublicKey(account)) => transfer(payer, to, lamports);
const fast = `/fast?swqos_only=true`;
/** What Sender answers to these instructions, with these options. */
async function send(
  instructions: TransactionInstruction[],
  options: object = ONCE,
  path = '/fast',
) {
  const wire = await signedV0(connection, payer, instructions);
  const reply = await rpc(`${simnet.url}${path}`, 'sendTransaction', base64(wire), options);
  return { ...reply, signature: encodeBase58(wire.signatures[0]!) };
}

describe('simnet as Helius Sender', () => {
  it.each(['/fast', fast])('lands what pays it and the validators, at %s', async (path) => {
    const before = await connection.getBalance(new PublicKey(account), 'processed');
    const sent = await send([...budget(50_000, 1_000), tip(5_000)], ONCE, path);
    expect([sent.status, sent.result]).toEqual([200, sent.signature]);
    expect((await landed(simnet.url, sent.signature)).err).toBeNull();
    const after = await connection.getBalance(new PublicKey(account), 'processed');
    expect(after - before).toBe(5_000);
  });

  it('has every tip account that our sender knows', async () => {
    for (const key of senderTipAccounts()) {
      const sent = await send([...budget(50_000, 1_000), tip(5_000, new PublicKey(key))]);
      expect(sent.error).toBeUndefined();
      expect((await landed(simnet.url, sent.signature)).err).toBeNull();
    }
  });

  const good = () => [...budget(50_000, 1_000), tip(5_000)];
  const wanted = /transaction must send a tip of at least 5000 lamports .*4ACfpUFoaSD9/;
  it.each([
    ['preflight', good, { ...ONCE, skipPreflight: false }, /skipPreflight must be true/],
    ['preflight by default', good, { encoding: 'base64', maxRetries: 0 }, /skipPreflight/],
    ['retries', good, { ...ONCE, maxRetries: 3 }, /maxRetries must be 0/],
    ['retries by default', good, { encoding: 'base64', skipPreflight: true }, /maxRetries/],
    ['base58', good, { ...ONCE, encoding: undefined }, /base64/],
    ['no unit price', () => [tip(5_000)], ONCE, /compute unit price/],
    ['no tip', () => budget(50_000, 1_000), ONCE, wanted],
    ['too small a tip', () => [...budget(50_000, 1_000), tip(4_999)], ONCE, wanted],
    ['Jito’s tip', () => [...budget(50_000, 1_000), tip(5_000, JITO_TIP_ACCOUNT)], ONCE, wanted],
  ])('refuses %s', async (_case, instructions, options, said) => {
    const { status, error } = await send(instructions(), options);
    expect([status, error?.code]).toEqual([200, -32602]);
    expect(error?.message).toMatch(said);
  });

  it('asks for the tip that it is told to', async () => {
    const dear = await startSimnet({ slotMs: 20, senderTipMin: 1_000_000 });
    try {
      const wire = await signedV0(connectTo(dear), payer, good());
      const { error } = await rpc(`${dear.url}/fast`, 'sendTransaction', base64(wire), ONCE);
      expect(error?.message).toContain('at least 1000000 lamports');
    } finally {
      await dear.stop();
    }
  });

  it('is kept warm by GET /ping, knows one method and is refused in a storm', async () => {
    const pong = await fetch(`${simnet.url}/ping?swqos_only=true`);
    expect([pong.status, await pong.text()]).toEqual([200, 'pong']);
    expect((await rpc(`${simnet.url}/fast`, 'getHealth')).error?.code).toBe(-32601);
    await rpc(simnet.url, 'simnet_fault', { kind: 'limit', method: 'sendTransaction', count: 1 });
    expect((await send(good())).status).toBe(429);
    expect((await send(good())).status).toBe(200);
  });

  it('is no bid in the engine’s auction', async () => {
    const wire = await signedV0(connection, payer, good());
    const engine = `${simnet.url}/api/v1/transactions`;
    await rpc(engine, 'sendTransaction', base64(wire), { encoding: 'base64' });
    expect((await landed(simnet.url, encodeBase58(wire.signatures[0]!))).err).toBeNull();
    const floor = await (await fetch(`${simnet.url}/api/v1/bundles/tip_floor`)).json();
    expect(floor).toMatchObject([{ landed_tips_25th_percentile: 1e-6 }]);
  });
});
