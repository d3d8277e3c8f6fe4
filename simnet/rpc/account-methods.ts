import { isTokenProgram, readMintDecimals, readTokenAccount } from '../token/token-layout.ts';
import type { Chain } from '../chain.ts';
import { invalidParams } from '../rpc-fault.ts';
import { readCommitment, type Commitment } from '../state/blocks.ts';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../addresses.ts';
import { accountView, uiAmount } from './account-view.ts';
import type { Methods } from './methods.ts';
import { configAt, keyFrom, listFrom, type Params } from './params.ts';

const ACCOUNTS_A_CALL_MAX = 100;

/** Reads at a commitment: what came later is undone from the history. */
export function createAccountMethods(chain: Chain): Methods {
  const { accounts, blocks } = chain;
  const decimalsOf = (mint: string) => readMintDecimals(accounts.read(mint));

  const at = (params: Params, index: number) => {
    const config = configAt(params, index);
    const commitment: Commitment = readCommitment(config['commitment']);
    const slot = blocks.slotAt(commitment);
    return { config, slot, context: { slot }, read: (key: string) => accounts.readAt(key, slot) };
  };

  return {
    getBalance(params) {
      const { context, read } = at(params, 1);
      const lamports = read(keyFrom(params[0], 'pubkey'))?.lamports ?? 0n;
      return { context, value: Number(lamports) };
    },
    getAccountInfo(params) {
      const { config, context, read } = at(params, 1);
      const account = read(keyFrom(params[0], 'pubkey'));
      return { context, value: accountView(account, config, decimalsOf) };
    },
    getMultipleAccounts(params) {
      const { config, context, read } = at(params, 1);
      const keys = listFrom(params[0], 'pubkeys', ACCOUNTS_A_CALL_MAX);
      const value = keys.map((key) =>
        accountView(read(keyFrom(key, 'pubkeys')), config, decimalsOf),
      );
      return { context, value };
    },
    getTokenAccountBalance(params) {
      const { context, read } = at(params, 1);
      const token = readTokenAccount(read(keyFrom(params[0], 'pubkey')));
      if (!token) throw invalidParams('Invalid param: could not find token account');
      return { context, value: uiAmount(token.amount, decimalsOf(token.mint) ?? 0) };
    },
    getTokenAccountsByOwner(params) {
      const owner = keyFrom(params[0], 'owner');
      const filter = configAt(params, 1);
      const mint = filter['mint'] === undefined ? undefined : keyFrom(filter['mint'], 'mint');
      const program = filter['programId'];
      if (mint === undefined && (typeof program !== 'string' || !isTokenProgram(program))) {
        throw invalidParams('Invalid param: need a mint or a token program');
      }
      const { config, context, read } = at(params, 2);
      const programs = mint === undefined ? [String(program)] : [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];
      const value = programs.flatMap(accounts.addressesOf).flatMap((pubkey) => {
        const account = read(pubkey);
        const token = readTokenAccount(account);
        if (token?.owner !== owner || (mint !== undefined && token.mint !== mint)) return [];
        return [{ pubkey, account: accountView(account, config, decimalsOf) }];
      });
      return { context, value };
    },
  };
}
