import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { MemoryId } from '../../domain/analysis/memory-id.ts';
import { createMarketBrain, type MarketBrain } from '../../domain/learning/market-brain.ts';
import type { Observation, StateReading } from '../../domain/learning/market-brain.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

export type Brains = {
  observe(state: MarketState, earlier?: StateReading): Observation;
  /** Waits until the memory knows what it must. Rejects with `memory/unready` when that is late. */
  analyse(candidate: Candidate): Promise<Opinion>;
  /** False where the memory does not hold the state; it has no vote when it comes. */
  revoke(memory: MemoryId): boolean;
  sizes(): Readonly<Record<MarketId, number>>;
  upToMs(): Readonly<Record<MarketId, number>>;
};

type Waiter = { readonly market: MarketId; readonly upToMs: number; readonly wake: () => void };

/** One brain a market, made when its first event comes. */
export function createBrains(waitMsMax: number): Brains {
  const brains = new Map<MarketId, MarketBrain>();
  const waiters = new Set<Waiter>();

  const brainOf = (market: MarketId): MarketBrain => {
    const known = brains.get(market);
    if (known) return known;
    const made = createMarketBrain(market);
    brains.set(market, made);
    return made;
  };
  const reached = ({ market, upToMs }: Omit<Waiter, 'wake'>): boolean =>
    (brains.get(market)?.upToMs() ?? -Infinity) >= upToMs;

  const untilReached = (market: MarketId, upToMs: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { market, upToMs, wake };
      const timer = setTimeout(wake, waitMsMax);
      waiters.add(waiter);
    });

  return {
    observe(state, earlier) {
      const observation = brainOf(state.event.market).observe(state, earlier);
      for (const waiter of waiters) if (reached(waiter)) waiter.wake();
      return observation;
    },
    async analyse(candidate) {
      const { market, memoryUpToMs } = candidate;
      if (!reached({ market, upToMs: memoryUpToMs })) await untilReached(market, memoryUpToMs);
      // Late or not, the brain itself refuses what it does not know yet. An unknown market gets a
      // brain of its own for the refusal, and no more: it is not kept.
      return (brains.get(market) ?? createMarketBrain(market)).analyse(candidate);
    },
    revoke: ({ market, marketTimeMs }) => brainOf(market).revoke(marketTimeMs),
    sizes: () => Object.fromEntries([...brains].map(([market, brain]) => [market, brain.size()])),
    upToMs: () =>
      Object.fromEntries(
        [...brains]
          .map(([market, brain]) => [market, brain.upToMs()] as const)
          // Minus infinity, before a market's first usable event, is no number in JSON.
          .filter(([, upToMs]) => Number.isFinite(upToMs)),
      ),
  };
}
