import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createRpcClient } from '../../adapters/chain/rpc-client.ts';
import { readWalletBalances } from '../../adapters/chain/wallet-balances.ts';
import { readWalletFile } from '../../adapters/secrets/wallet-file.ts';
import { addOperator, readOperators } from '../../adapters/secrets/operator-files.ts';
import type { Config } from '../../config/config.ts';
import { operatorKeyFile, operatorsFolder } from '../../config/operators.ts';
import type { Market } from '../../domain/market/market.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { writeSecret } from './servers/secrets.ts';

/** What paper trading begins with. */
const LAMPORTS = 10_000_000_000;
const QUOTE_WHOLE = 10_000n;
/** It takes two to resume. */
const PAPER_OPERATORS = ['paper-a', 'paper-b'];
/** Set-up calls of a chain that has just begun; each opens a slot. */
const RPC_TIMEOUT_MS = 10_000;

/** The wallet's address. Makes wallet and permit key where the default files are missing. */
export function preparePaperKeys(config: Config): string {
  const { files } = config;
  if (!existsSync(files.wallet)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    writeSecret(files.wallet, JSON.stringify([...seed, ...publicBytes]));
    seed.fill(0);
  }
  if (!existsSync(files.permitKey)) {
    writeSecret(files.permitKey, randomBytes(32).toString('hex'));
  }
  makePaperOperators(config);
  const keypair = readWalletFile(files.wallet);
  const address = encodeBase58(keypair.subarray(32));
  keypair.fill(0); // Only the executor keeps the secret half.
  return address;
}

/** A newcomer can see how a halt is lifted without asking a second person. */
function makePaperOperators(config: Config): void {
  const folder = operatorsFolder(config);
  const known = readOperators(folder);
  for (const name of PAPER_OPERATORS) {
    if (!known.has(name)) addOperator({ name, folder, keyFile: operatorKeyFile(config, name) });
  }
}

/**
 * SOL, quote tokens, and an empty token account for each base mint: what of it was never given.
 * Returns the last slot that holds any of it: a balance read as finalized before that slot is final
 * would lack some. 0 where nothing was wanting.
 */
export async function fundPaperWallet(
  rpcUrl: string,
  wallet: string,
  markets: readonly Market[],
): Promise<number> {
  let slot = 0;
  const held = new Set(await readHeldAssets(rpcUrl, wallet));
  const ask = async (method: string, params: readonly unknown[]): Promise<void> => {
    const answer = await callRpc(rpcUrl, method, params, RPC_TIMEOUT_MS);
    slot = Math.max(slot, slotOf(answer, method));
  };
  if (!held.has('SOL')) await ask('simnet_airdrop', [wallet, LAMPORTS]);
  const tokens = new Map(
    markets.flatMap(({ base, quote }) => [base, quote].map((t) => [t.mint, t])),
  );
  const quotes = new Set(markets.map(({ quote }) => quote.mint));
  for (const { mint, decimals } of tokens.values()) {
    if (held.has(mint)) continue;
    const amount = quotes.has(mint) ? QUOTE_WHOLE * 10n ** BigInt(decimals) : 0n;
    await ask('simnet_setTokenBalance', [wallet, mint, String(amount), decimals]);
  }
  return slot;
}

/** At `confirmed`: what an earlier start gave a moment ago is not given twice. */
async function readHeldAssets(rpcUrl: string, wallet: string): Promise<readonly string[]> {
  const commitment = 'confirmed';
  const client = createRpcClient({ url: rpcUrl, timeoutMs: RPC_TIMEOUT_MS });
  const { balances } = await readWalletBalances(client, wallet, commitment);
  return balances.flatMap(({ asset, amount }) => (asset === 'SOL' && amount === 0n ? [] : [asset]));
}

function slotOf(answer: unknown, method: string): number {
  const { slot } = Object(answer) as { readonly slot?: unknown }; // JSON from outside: tested next.
  if (typeof slot === 'number') return slot;
  throw new OvermindError('chain/unreachable', { url: '', method, fault: 'answered no slot' });
}
