import { describe, expect, it } from 'vitest';
import type { Route } from '../../../domain/risk/permit.ts';
import { createRoom } from '../../../hotpath/room.ts';

/** Routes that are full until a test says otherwise. */
function aSender(...full: Route[]) {
  const blocked = new Set(full);
  let listener = (): void => undefined;
  return {
    blockedBy: (route: Route) => (blocked.has(route) ? ('congested' as const) : undefined),
    onFree(given: () => void) {
      listener = given;
    },
    free(route: Route) {
      blocked.delete(route);
      listener();
    },
    fill: (route: Route) => void blocked.add(route),
    /** Something moved, yet not on a full route. */
    stir: () => listener(),
  };
}

const settles = async (wait: Promise<void> | undefined): Promise<boolean> => {
  let settled = false;
  void wait?.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

describe('room for a permit', () => {
  it('is there at once on a route that can take one, and for a permit that names none', () => {
    const room = createRoom({ sender: aSender('protected'), waitMsMax: 60_000 });
    expect(room.untilFree('fast')).toBeUndefined();
    expect(room.untilFree(undefined)).toBeUndefined();
  });

  it('comes with the first connection of its own route that is free', async () => {
    const sender = aSender('protected', 'fast');
    const room = createRoom({ sender, waitMsMax: 60_000 });
    const wait = room.untilFree('protected');
    expect(await settles(wait)).toBe(false);
    sender.free('fast');
    expect(await settles(wait)).toBe(false);
    sender.free('protected');
    expect(await settles(wait)).toBe(true);
  });

  it('is not waited for beyond the limit, nor again on a route that does not move', async () => {
    const sender = aSender('protected');
    const room = createRoom({ sender, waitMsMax: 1 });
    await room.untilFree('protected');
    sender.stir();
    expect(room.untilFree('protected')).toBeUndefined();
  });

  it('is waited for again once the route has moved', async () => {
    const sender = aSender('protected');
    const room = createRoom({ sender, waitMsMax: 1 });
    await room.untilFree('protected');
    sender.free('protected');
    sender.fill('protected');
    const again = room.untilFree('protected');
    expect(again).toBeInstanceOf(Promise);
    await again;
  });

  it('does not wait for a rate limit, which is seconds away', () => {
    const sender = { blockedBy: () => 'rate-limited' as const, onFree() {} };
    expect(createRoom({ sender, waitMsMax: 60_000 }).untilFree('fast')).toBeUndefined();
  });
});
