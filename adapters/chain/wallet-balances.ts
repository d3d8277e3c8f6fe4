import type { WalletBalances } from '../../domain/settlement/chain-reader.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { balanceAnswer, readAnswer, tokenAccountsAnswer } from './rpc-answers.ts';
import type { RpcClient } from './rpc-client.ts';

const TOKEN_PROGRAMS = [
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
];
/** Mint, owner and amount; all that is needed of a token account. */
const SLICE = { offset: 0, length: 72 };
/** The three answers must be of one slot, or a trade between them would count once or thrice. */
const TRIES = 10;

/** Balances of one slot: `SOL` first, then each mint, accounts of a mint summed up. */
export async function readWalletBalances(
  client: RpcClient,
  wallet: string,
  commitment: 'confirmed' | 'finalized' = 'finalized',
): Promise<WalletBalances> {
  const config = { commitment, encoding: 'base64', dataSlice: SLICE };
  const calls = [
    { method: 'getBalance', params: [wallet, { commitment }] },
    ...TOKEN_PROGRAMS.map((programId) => ({
      method: 'getTokenAccountsByOwner',
      params: [wallet, { programId }, config],
    })),
  ];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const [native, ...tokens] = await client.batch(calls);
    const balance = readAnswer(balanceAnswer, 'getBalance', native);
    const lists = tokens.map((list) =>
      readAnswer(tokenAccountsAnswer, 'getTokenAccountsByOwner', list),
    );
    if (lists.some(({ context }) => context.slot !== balance.context.slot)) continue;
    const byMint = new Map<string, bigint>();
    for (const { account } of lists.flatMap(({ value }) => value)) {
      const data = Buffer.from(account.data[0], 'base64');
      const mint = encodeBase58(data.subarray(0, 32));
      byMint.set(mint, (byMint.get(mint) ?? 0n) + data.readBigUInt64LE(64));
    }
    const tokensHeld = [...byMint].map(([asset, amount]) => ({ asset, amount }));
    return {
      slot: balance.context.slot,
      balances: [{ asset: 'SOL', amount: BigInt(balance.value) }, ...tokensHeld],
    };
  }
  throw new OvermindError('chain/unreachable', {
    url: client.origin,
    method: 'getTokenAccountsByOwner',
    fault: `no ${TRIES} answers of one slot`,
  });
}
