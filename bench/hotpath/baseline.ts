import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import {
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import { Redis } from 'ioredis';
import { encodeSwapBaseInput } from '../../adapters/venues/raydium-cpmm/encode.ts';
import { loadMarkets } from '../../config/markets.ts';
import { serveParent } from '../shared/child.ts';
import { LANES, MARKET } from './names.ts';

/*
 * The executor that one would write with the usual packages: ioredis, JSON, web3.js, fetch. Written
 * with care all the same: the blockhash is cached, connections are kept, a batch is sent at once.
 */

type JsonPermit = {
  readonly id: string;
  readonly side: 'buy' | 'sell';
  readonly amountIn: string;
  readonly minAmountOut: string;
  readonly tipMax: string;
  readonly publishedNs: string;
};
type RawEntry = readonly [id: string, pairs: readonly string[]];

const lane = LANES.baseline;
const env = (name: string): string => process.env[name] ?? '';
const TIP_ACCOUNT = '96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5';
const DONT_FRONT = 'jitodontfront111111111111111111111111111111';
const engineUrl = `${env('BENCH_ENGINE_URL')}/api/v1/bundles`;
const simnetUrl = env('BENCH_SIMNET_URL');
const keypair = Keypair.fromSecretKey(
  Uint8Array.from(JSON.parse(readFileSync(env('BENCH_WALLET_FILE'), 'utf8')) as number[]),
);

/** Addresses as a configuration file has them, found once. */
function readAccounts() {
  const [market] = loadMarkets([MARKET]);
  if (!market) throw new Error(`${MARKET} is not in the registry`);
  const { programId, keys } = encodeSwapBaseInput({
    payer: keypair.publicKey.toBase58(),
    pool: market.pool,
    zeroForOne: !market.pool.baseIsToken0,
    amountIn: 1n,
    minAmountOut: 1n,
  });
  return {
    program: programId.toBase58(),
    keys: keys.map(({ pubkey, ...flags }) => ({ address: pubkey.toBase58(), ...flags })),
  };
}

const accounts = readAccounts();
let blockhash = '';

async function readBlockhash(): Promise<void> {
  const response = await fetch(simnetUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getLatestBlockhash', params: [] }),
  });
  const { result } = (await response.json()) as { result: { value: { blockhash: string } } };
  blockhash = result.value.blockhash;
}

function buildTransaction(permit: JsonPermit): VersionedTransaction {
  const data = Buffer.alloc(24);
  Buffer.from('8fbe5adac41e33de', 'hex').copy(data);
  data.writeBigUInt64LE(BigInt(permit.amountIn), 8);
  data.writeBigUInt64LE(BigInt(permit.minAmountOut), 16);
  const swap = new TransactionInstruction({
    programId: new PublicKey(accounts.program),
    keys: accounts.keys.map(({ address, ...flags }) => ({
      pubkey: new PublicKey(address),
      ...flags,
    })),
    data,
  });
  const tip = SystemProgram.transfer({
    fromPubkey: keypair.publicKey,
    toPubkey: new PublicKey(TIP_ACCOUNT),
    lamports: Number(permit.tipMax),
  });
  tip.keys.push({ pubkey: new PublicKey(DONT_FRONT), isSigner: false, isWritable: false });
  const message = new TransactionMessage({
    payerKey: keypair.publicKey,
    recentBlockhash: blockhash,
    instructions: [
      ComputeBudgetProgram.setComputeUnitLimit({ units: 80_000 }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 50_000 }),
      swap,
      tip,
    ],
  });
  const transaction = new VersionedTransaction(message.compileToV0Message());
  transaction.sign([keypair]);
  return transaction;
}

const wireNsOf = new Map<string, bigint>();
subscribe('undici:client:sendHeaders', (message) => {
  const { headers } = message as { headers: string }; // As undici documents it.
  const id = /x-request-id: (\S+)/.exec(headers)?.[1];
  if (id !== undefined) wireNsOf.set(id, process.hrtime.bigint());
});

async function execute(commands: Redis, [entryId, pairs]: RawEntry, readNs: bigint) {
  const permit = JSON.parse(pairs[1] ?? '') as JsonPermit;
  const transaction = buildTransaction(permit);
  const wire = Buffer.from(transaction.serialize()).toString('base64');
  const response = await fetch(engineUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': entryId },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'sendBundle',
      params: [[wire], { encoding: 'base64' }],
    }),
  });
  const { result } = (await response.json()) as { result?: string };
  const report = JSON.stringify({
    permitId: permit.id,
    kind: result === undefined ? 'refused' : 'submitted',
    signature: Buffer.from(transaction.signatures[0] ?? []).toString('hex'),
    publishedNs: permit.publishedNs,
    readNs: String(readNs),
    wireNs: String(wireNsOf.get(entryId) ?? 0n),
  });
  wireNsOf.delete(entryId);
  await commands.xadd(lane.reports, 'MAXLEN', '~', 10_000, '*', 'r', report);
  await commands.xack(lane.permits, lane.group, entryId);
}

async function run(): Promise<never> {
  const reading = new Redis(env('BENCH_BUS_URL'), { protocol: 2 });
  const commands = new Redis(env('BENCH_BUS_URL'), { protocol: 2 });
  await commands.xgroup('CREATE', lane.permits, lane.group, '0', 'MKSTREAM');
  await readBlockhash();
  setInterval(() => void readBlockhash(), 300);
  serveParent(() => undefined);
  const { group, permits } = lane;
  const args = ['COUNT', 16, 'BLOCK', 500, 'STREAMS', permits, '>'] as const;
  for (;;) {
    const reply = await reading.xreadgroup('GROUP', group, 'executor', ...args);
    const readNs = process.hrtime.bigint();
    const [stream] = (reply ?? []) as [string, RawEntry[]][]; // The shape of its RESP2 reply.
    await Promise.all((stream?.[1] ?? []).map((entry) => execute(commands, entry, readNs)));
  }
}

await run();
