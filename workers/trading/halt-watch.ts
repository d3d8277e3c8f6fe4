import type { StopClient } from './stop-client.ts';
import { repeat, type Repetition } from './repeat.ts';

export type HaltWatchDeps = {
  readonly readControl: () => Promise<{
    readonly halted: boolean;
    readonly stopId?: string;
    readonly reason?: string;
  }>;
  readonly stops: Pick<StopClient, 'start' | 'lookAgain'>;
  readonly onFault: (error: unknown) => void;
};

const EVERY_MS = 1_000;
/** Stops that a workflow has made itself, under an id of its own. */
const BY_A_WORKFLOW = 'workflow/';

/** Gives each halt its workflow, also one that came by another road or by itself. */
export function startHaltWatch(deps: HaltWatchDeps): Repetition {
  return repeat(createHaltTurn(deps), EVERY_MS, deps.onFault);
}

export function createHaltTurn({
  readControl,
  stops,
}: Omit<HaltWatchDeps, 'onFault'>): () => Promise<number> {
  let begun: string | undefined;
  return async () => {
    const { halted, stopId, reason = 'no reason was stored' } = await readControl();
    if (!halted && begun !== undefined) {
      // It looks by itself each minute; the trades should hear sooner that it is over.
      await stops.lookAgain(begun);
      begun = undefined;
    }
    if (!halted || stopId === undefined || stopId === begun) return EVERY_MS;
    if (stopId.startsWith(BY_A_WORKFLOW)) return EVERY_MS;
    await stops.start({ stopId, reason });
    begun = stopId;
    return EVERY_MS;
  };
}
