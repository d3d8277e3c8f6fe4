import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Market } from '../../domain/market/market.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { callRpc } from './json-rpc.ts';
import { createPoolAccounts, type PoolAccounts } from './pool-accounts.ts';
import { openSubscriptions, type Subscriptions } from './subscriptions.ts';

export type PoolWatchOptions = {
  readonly wsUrl: string;
  readonly rpcUrl: string;
  readonly markets: readonly Market[];
  readonly commitment: 'processed' | 'confirmed';
  /** A coherent snapshot that is newer than the last of this market. */
  readonly onUpdate?: (market: MarketId, pool: CpmmPool) => void;
  /** At each slot, and when the connection was lost (`connected: false`). */
  readonly onLink?: (link: { readonly connected: boolean; readonly slot: number }) => void;
  readonly onFault?: (error: unknown) => void;
};

export type PoolWatch = {
  /** The newest coherent snapshot, or undefined before the first and after a gap. */
  snapshotOf(market: MarketId): CpmmPool | undefined;
  /** The pool as it was at `slot` or later; undefined when that is not known in time. */
  waitForSlot(market: MarketId, slot: number, timeoutMs: number): Promise<CpmmPool | undefined>;
  /** No gap since the snapshot, and the connection still shows new slots. */
  isFresh(market: MarketId): boolean;
  headSlot(): number;
  close(): void;
};

/** A connection that shows no slot for so long is not believed, although it may be open. */
const SILENT_AFTER_MS = 2_000;
/** Accounts of one `getMultipleAccounts`: at most 100, whole pools of four. */
const POOLS_A_CALL = 25;
const RETRY_AFTER_MS = 200;

type Watched = {
  readonly id: MarketId;
  readonly accounts: PoolAccounts;
  snapshot: CpmmPool | undefined;
};
type Waiter = { readonly watched: Watched; readonly slot: number; readonly wake: () => void };
type MultipleAccounts = {
  readonly context: { readonly slot: number };
  readonly value: readonly ({ readonly data: readonly [string, string] } | null)[];
};

/** Follows pools over one WebSocket; after each gap everything is read again before it is believed. */
export function createPoolWatch(options: PoolWatchOptions): PoolWatch {
  const { markets, commitment, rpcUrl } = options;
  const pools = markets.map((market): Watched => ({
    id: market.id,
    accounts: createPoolAccounts(market),
    snapshot: undefined,
  }));
  const byId = new Map(pools.map((watched) => [watched.id, watched]));
  const byAddress = new Map<string, Watched[]>();
  for (const watched of pools) {
    for (const address of watched.accounts.addresses) {
      // One fee configuration is shared by many pools.
      byAddress.set(address, [...(byAddress.get(address) ?? []), watched]);
    }
  }
  const waiters = new Set<Waiter>();
  const dirty = new Set<Watched>();
  let publishing: NodeJS.Immediate | undefined;
  let headSlot = 0;
  let lastSlotAtMs = -Infinity;
  let gapless = false;
  let closed = false;
  let generation = 0;
  let refetch: NodeJS.Timeout | undefined;

  const publish = (watched: Watched): void => {
    const pool = watched.accounts.coherent(headSlot);
    if (pool && (watched.snapshot === undefined || pool.slot > watched.snapshot.slot)) {
      watched.snapshot = pool;
      options.onUpdate?.(watched.id, pool);
    }
    for (const waiter of waiters) if (waiter.watched === watched) waiter.wake();
  };

  const publishDirty = (): void => {
    publishing = undefined;
    for (const watched of dirty) publish(watched);
    dirty.clear();
  };

  const take = (address: string, slot: number, data: Buffer): void => {
    for (const watched of byAddress.get(address) ?? []) {
      try {
        watched.accounts.take(address, slot, data);
      } catch (error) {
        // Without a readable account the pool has no price.
        watched.accounts.forget();
        watched.snapshot = undefined;
        options.onFault?.(error);
        continue;
      }
      // A pool that was created after our snapshot may lack accounts that were there before.
      if (watched.accounts.isPartial()) fetchSoon();
      dirty.add(watched);
    }
    // Two swaps in one slot write a vault twice: let all that has arrived in, then look once.
    if (dirty.size > 0) publishing ??= setImmediate(publishDirty);
  };

  const fetchAll = async (): Promise<void> => {
    for (let at = 0; at < pools.length; at += POOLS_A_CALL) {
      const addresses = pools
        .slice(at, at + POOLS_A_CALL)
        .flatMap(({ accounts }) => accounts.addresses);
      const { context, value } = await callRpc<MultipleAccounts>(rpcUrl, 'getMultipleAccounts', [
        addresses,
        { encoding: 'base64', commitment },
      ]);
      headSlot = Math.max(headSlot, context.slot);
      for (const [index, address] of addresses.entries()) {
        const account = value[index];
        if (account) take(address, context.slot, Buffer.from(account.data[0], 'base64'));
      }
    }
  };

  const fetchSoon = (): void => {
    refetch ??= setTimeout(() => {
      refetch = undefined;
      if (!closed && gapless) fetchAll().catch((error: unknown) => options.onFault?.(error));
    }, RETRY_AFTER_MS);
  };

  const begin = async (mine: number): Promise<void> => {
    while (!closed && mine === generation) {
      try {
        await fetchAll();
        if (mine !== generation) return;
        publishDirty();
        gapless = true;
        options.onLink?.({ connected: true, slot: headSlot });
        return;
      } catch (error) {
        options.onFault?.(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
  };

  const loseSight = (): void => {
    generation += 1;
    gapless = false;
    for (const watched of pools) {
      watched.accounts.forget();
      watched.snapshot = undefined;
    }
    options.onLink?.({ connected: false, slot: headSlot });
  };

  const subscriptions: Subscriptions = openSubscriptions({
    url: options.wsUrl,
    addresses: [...byAddress.keys()],
    commitment,
    onAccount: take,
    onSlot(slot) {
      lastSlotAtMs = performance.now();
      if (slot <= headSlot) return;
      headSlot = slot;
      for (const watched of pools) publish(watched);
      if (gapless) options.onLink?.({ connected: true, slot });
    },
    onReady: () => void begin(generation),
    onLost: loseSight,
    onFault: (error) => options.onFault?.(error),
  });

  const isFresh = (market: MarketId): boolean =>
    gapless &&
    byId.get(market)?.snapshot !== undefined &&
    performance.now() - lastSlotAtMs <= SILENT_AFTER_MS;

  /** Nothing of a slot arrives once a later one has been announced: the last snapshot still holds. */
  const asOf = (watched: Watched, slot: number): CpmmPool | undefined => {
    const { snapshot } = watched;
    if (!gapless || !snapshot) return undefined;
    if (snapshot.slot >= slot) return snapshot;
    return headSlot > slot && watched.accounts.coherent(headSlot) ? snapshot : undefined;
  };

  return {
    snapshotOf: (market) => byId.get(market)?.snapshot,
    isFresh,
    headSlot: () => headSlot,
    waitForSlot(market, slot, timeoutMs) {
      const watched = byId.get(market);
      if (!watched) return Promise.resolve(undefined);
      const known = asOf(watched, slot);
      if (known) return Promise.resolve(known);
      return new Promise((resolve) => {
        const end = (pool: CpmmPool | undefined): void => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(pool);
        };
        const wake = (): void => {
          const pool = asOf(watched, slot);
          if (pool) end(pool);
        };
        const timer = setTimeout(() => end(undefined), timeoutMs);
        const waiter: Waiter = { watched, slot, wake };
        waiters.add(waiter);
      });
    },
    close() {
      closed = true;
      clearTimeout(refetch);
      clearImmediate(publishing);
      subscriptions.close();
    },
  };
}
