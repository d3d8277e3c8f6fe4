import type { MarketEvent } from './market-event.ts';

/** All events of one market time: they are known at once, and so are their candidates. */
export type Moment = { readonly marketTimeMs: number; readonly events: readonly MarketEvent[] };

/** Ordered events, those of the same market time together. */
export async function* momentsOf(events: AsyncIterable<MarketEvent>): AsyncGenerator<Moment> {
  let together: MarketEvent[] = [];
  for await (const event of events) {
    const [first] = together;
    if (first && first.marketTimeMs !== event.marketTimeMs) {
      yield { marketTimeMs: first.marketTimeMs, events: together };
      together = [];
    }
    together.push(event);
  }
  const [first] = together;
  if (first) yield { marketTimeMs: first.marketTimeMs, events: together };
}
