import {
  ComputeBudgetProgram,
  Connection,
  Keypair,
  type PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
  type TransactionInstruction,
} from '@solana/web3.js';
import type { RunningSimnet } from '../../support/simnet.ts';

export type RpcReply = {
  readonly status: number;
  readonly headers: Headers;
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: any };
};

/** One raw JSON-RPC request: what web3.js hides, such as status and headers, is seen here. */
export async function rpc(url: string, method: string, ...params: unknown[]): Promise<RpcReply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
  });
  const body = (await response.json()) as { result?: unknown; error?: RpcReply['error'] };
  return { status: response.status, headers: response.headers, ...body } as RpcReply;
}

export function connectTo(simnet: RunningSimnet): Connection {
  return new Connection(simnet.url, { wsEndpoint: simnet.wsUrl, commitment: 'processed' });
}

/** A new wallet with paper SOL. */
export async function fundedWallet(url: string, lamports = 10_000_000_000): Promise<Keypair> {
  const wallet = Keypair.generate();
  await rpc(url, 'simnet_airdrop', wallet.publicKey.toBase58(), lamports);
  return wallet;
}

export async function signedV0(
  connection: Connection,
  payer: Keypair,
  instructions: TransactionInstruction[],
  blockhash?: string,
): Promise<VersionedTransaction> {
  const recentBlockhash = blockhash ?? (await connection.getLatestBlockhash()).blockhash;
  const message = new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash,
    instructions,
  }).compileToV0Message();
  const transaction = new VersionedTransaction(message);
  transaction.sign([payer]);
  return transaction;
}

export const transfer = (from: Keypair, to: PublicKey, lamports: number | bigint) =>
  SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });

export const budget = (units: number, microLamports: number) => [
  ComputeBudgetProgram.setComputeUnitLimit({ units }),
  ComputeBudgetProgram.setComputeUnitPrice({ microLamports }),
];

export const base64 = (transaction: VersionedTransaction): string =>
  Buffer.from(transaction.serialize()).toString('base64');

/** Waits for the signature's status; fails with what the chain said last. */
export async function landed(url: string, signature: string, slots = 40): Promise<any> {
  const until = async (): Promise<any> => {
    const { result } = await rpc(url, 'getSignatureStatuses', [signature]);
    return result.value[0];
  };
  const start = await slotOf(url);
  for (;;) {
    const status = await until();
    if (status) return status;
    if ((await slotOf(url)) > start + slots) throw new Error(`${signature} did not land`);
    await nextSlot(url);
  }
}

export async function slotOf(url: string): Promise<number> {
  const { result } = await rpc(url, 'getSlot', { commitment: 'processed' });
  return result;
}

/** Waits until the chain has gone `count` slots on. */
export async function nextSlot(url: string, count = 1): Promise<void> {
  const target = (await slotOf(url)) + count;
  while ((await slotOf(url)) < target) await new Promise((resolve) => setTimeout(resolve, 5));
}
