export type StopOrder = { readonly stopId: string; readonly reason: string };

/**
 * How far a road has got. Fenced: it knows that no live executor can sign anything new. Latched: its
 * store holds the halt. Ordered: it will be carried out by whoever reads it. The last two are as far
 * as a road needs to get once another one is fenced.
 */
export type RoadAnswer =
  | { readonly state: 'fenced' | 'latched'; readonly haltEpoch: number; readonly said: string }
  | { readonly state: 'ordered'; readonly said: string };

/**
 * One way to stop. It tries until it can say FENCED, and reports what it has reached meanwhile, so
 * that whoever stops waiting for it still knows. Rejects only when trying again is vain.
 */
export type StopRoad = {
  readonly name: string;
  stop(order: StopOrder, tools: RoadTools): Promise<RoadAnswer>;
  close(): void;
};

export type Progress = {
  readonly state?: 'ordered';
  readonly haltEpoch?: number;
  readonly said: string;
};

export type RoadTools = {
  /** Aborted when nobody waits for this road any more. */
  readonly signal: AbortSignal;
  readonly isFenced: () => boolean;
  /** What it has reached or met so far, fenced or not. */
  readonly progress: (so: Progress) => void;
};

/** Resolves early when nobody waits any more. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
