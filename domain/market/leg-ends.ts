import type { LegEnd } from './feed.ts';

/** Tells ingest that a leg is over, so that the market clock may run on. Repeats are harmless. */
export type LegEnds = { publish(end: LegEnd): Promise<void> };
