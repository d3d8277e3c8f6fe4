import type { Route } from '../domain/risk/permit.ts';
import type { Sender } from './pipeline.ts';

export type Room = {
  /**
   * Undefined where the route can take a permit now, or has not been able to for so long that
   * waiting would only hold up the others. Else it resolves when it can, or at the limit.
   */
  untilFree(route: Route | undefined): Promise<void> | undefined;
};

export type RoomDeps = {
  readonly sender: Pick<Sender, 'blockedBy'> & { onFree(listener: () => void): void };
  readonly waitMsMax: number;
};

/**
 * A burst is wider than the connections, and a permit refused for that is a trade lost for nothing.
 * One waits at a time; a rate limit is not waited for: it is seconds away.
 */
export function createRoom({ sender, waitMsMax }: RoomDeps): Room {
  /** Routes that a whole wait was not enough for: not waited for again until they move. */
  const stuck = new Set<Route>();
  let waiting: (() => void) | undefined;
  let waitingFor: Route | undefined;
  const isFull = (route: Route): boolean => sender.blockedBy(route) === 'congested';

  sender.onFree(() => {
    for (const route of stuck) if (!isFull(route)) stuck.delete(route);
    if (waiting && waitingFor !== undefined && !isFull(waitingFor)) end();
  });

  const end = (): void => {
    waiting?.();
    waiting = undefined;
  };
  // One timer, begun anew by each wait: a burst has thousands of them.
  const limit = setTimeout(() => {
    if (!waiting) return;
    if (waitingFor !== undefined) stuck.add(waitingFor);
    end();
  }, waitMsMax);
  limit.unref();

  return {
    untilFree(route) {
      if (route === undefined || !isFull(route) || stuck.has(route)) return undefined;
      limit.refresh();
      waitingFor = route;
      return new Promise((resolve) => (waiting = resolve));
    },
  };
}
