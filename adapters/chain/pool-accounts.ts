import { PublicKey } from '@solana/web3.js';
import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Market } from '../../domain/market/market.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import {
  decodeAmmConfig,
  decodePoolState,
  decodeTokenAmount,
} from '../venues/raydium-cpmm/decode.ts';

type Held<Value> = { readonly slot: number; readonly value: Value };

export type PoolAccounts = {
  /** In the order of a snapshot call. */
  readonly addresses: readonly string[];
  /** An older slot than what is held changes nothing. Throws `chain/unreadable`. */
  take(address: string, slot: number, data: Buffer): void;
  /** True when some but not all accounts are known: the rest must be fetched. */
  isPartial(): boolean;
  /** The pool as of one slot, or undefined while the accounts' slots do not fit together. */
  coherent(headSlot: number): CpmmPool | undefined;
  forget(): void;
};

/** The four accounts of one CPMM pool, which arrive one by one. */
export function createPoolAccounts(market: Market): PoolAccounts {
  const { pool } = market;
  let state: Held<ReturnType<typeof decodePoolState>> | undefined;
  let rates: Held<ReturnType<typeof decodeAmmConfig>> | undefined;
  let vault0: Held<bigint> | undefined;
  let vault1: Held<bigint> | undefined;
  const expected = {
    ammConfig: bytesOf(pool.ammConfig),
    vault0: bytesOf(pool.vault0),
    vault1: bytesOf(pool.vault1),
    mint0: bytesOf(pool.mint0),
    mint1: bytesOf(pool.mint1),
  };

  const decodeState = (data: Buffer): ReturnType<typeof decodePoolState> => {
    const decoded = decodePoolState(pool.pool, data);
    for (const field of ['ammConfig', 'vault0', 'vault1', 'mint0', 'mint1'] as const) {
      if (!decoded[field].equals(expected[field])) {
        const fault = `${field} is not the one that the registry derives`;
        throw new OvermindError('chain/unreadable', { account: pool.pool, fault });
      }
    }
    return decoded;
  };

  return {
    addresses: [pool.pool, pool.ammConfig, pool.vault0, pool.vault1],
    take(address, slot, data) {
      const isNews = (held: Held<unknown> | undefined): boolean => !held || slot >= held.slot;
      if (address === pool.pool && isNews(state)) state = { slot, value: decodeState(data) };
      if (address === pool.ammConfig && isNews(rates)) {
        rates = { slot, value: decodeAmmConfig(address, data) };
      }
      if (address === pool.vault0 && isNews(vault0)) {
        vault0 = { slot, value: decodeTokenAmount(address, data) };
      }
      if (address === pool.vault1 && isNews(vault1)) {
        vault1 = { slot, value: decodeTokenAmount(address, data) };
      }
    },
    isPartial() {
      const known = [state, rates, vault0, vault1].filter((held) => held !== undefined).length;
      return known > 0 && known < 4;
    },
    coherent(headSlot) {
      if (!state || !rates || !vault0 || !vault1) return undefined;
      const slot = Math.max(state.slot, rates.slot, vault0.slot, vault1.slot);
      // Every swap writes pool and vaults; what did not come in its slot arrives within it, unless
      // it was not touched. That is certain only once the head has moved on.
      const sameSlot = state.slot === slot && vault0.slot === slot && vault1.slot === slot;
      if (!sameSlot && headSlot <= slot) return undefined;
      const { ammConfig: _c, mint0: _0, mint1: _1, ...counters } = state.value;
      return { ...counters, ...rates.value, slot, vault0: vault0.value, vault1: vault1.value };
    },
    forget() {
      state = rates = vault0 = vault1 = undefined;
    },
  };
}

function bytesOf(address: string): Buffer {
  return new PublicKey(address).toBuffer();
}
