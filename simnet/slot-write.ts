import { ensureMint, setPaperPool, type PaperPool } from './cpmm/paper-pool.ts';
import { giveLamports } from './faucet.ts';
import type { Accounts } from './state/accounts.ts';
import { associatedTokenAddress } from './token/derived-address.ts';
import { aTokenAccount } from './token/token-layout.ts';

/** What is written into a slot without a transaction. As a value, so that a restart can repeat it. */
export type SlotWrite =
  | { readonly kind: 'airdrop'; readonly to: string; readonly lamports: bigint }
  | {
      readonly kind: 'token-balance';
      readonly wallet: string;
      readonly mint: string;
      readonly amount: bigint;
      /** Needed where the mint does not exist yet. */
      readonly decimals: number | undefined;
    }
  | { readonly kind: 'pools'; readonly pools: readonly PaperPool[] };

/** Whoever logs a write has checked its mints before: a slot that has begun must not fail. */
export function applyWrite(accounts: Accounts, write: SlotWrite): void {
  switch (write.kind) {
    case 'airdrop':
      giveLamports(accounts, write.to, write.lamports);
      return;
    case 'token-balance': {
      const { wallet, mint, amount } = write;
      ensureMint(accounts, mint, write.decimals);
      const account = associatedTokenAddress(wallet, mint);
      accounts.write(account, aTokenAccount({ mint, owner: wallet, amount }));
      return;
    }
    case 'pools':
      for (const pool of write.pools) setPaperPool(accounts, pool);
  }
}
