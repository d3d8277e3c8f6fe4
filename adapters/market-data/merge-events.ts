import type { MarketEvent } from '../../domain/market/market-event.ts';

/** Several ordered sources as one, in the order (market time, market). */
export async function* mergeEvents(
  sources: readonly AsyncIterable<MarketEvent>[],
): AsyncGenerator<MarketEvent> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  try {
    for (;;) {
      let first: number | undefined;
      let chosen: MarketEvent | undefined;
      for (const [at, head] of heads.entries()) {
        if (head.done !== true && (chosen === undefined || isBefore(head.value, chosen))) {
          [first, chosen] = [at, head.value];
        }
      }
      const iterator = iterators[first ?? -1];
      if (first === undefined || !chosen || !iterator) return;
      yield chosen;
      heads[first] = await iterator.next();
    }
  } finally {
    await Promise.all(iterators.map(async (iterator) => iterator.return?.()));
  }
}

function isBefore(left: MarketEvent, right: MarketEvent): boolean {
  return left.marketTimeMs === right.marketTimeMs
    ? left.market < right.market
    : left.marketTimeMs < right.marketTimeMs;
}
