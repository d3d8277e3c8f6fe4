/** Money set aside for one request, until it is known what it cost. */
export type Reserved = { readonly day: number; readonly microUsd: number };

/** What a UTC day, counted from 1970, has cost so far; millionths of a dollar. */
export type DaySpent = { readonly day: number; readonly microUsd: number };

/** Where it is kept beyond the life of the process. */
export type SpendStore = {
  /** Undefined: nothing was ever spent. */
  read(): DaySpent | 'unreadable' | undefined;
  /** False: it could not be written. */
  write(spent: DaySpent): boolean;
};

/** What all providers together may cost on a UTC day; millionths of a dollar. */
export type DailySpend = {
  /** Undefined where the day's cap would be passed if it cost this much. */
  reserve(microUsd: number, nowMs: number): Reserved | undefined;
  settle(reserved: Reserved, microUsd: number, nowMs: number): void;
  /** Of this day, reservations included. */
  spentMicroUsd(nowMs: number): number;
};

const DAY_MS = 86_400_000;

/**
 * Requests beside each other reserve their worst case, so that together they stay under the cap. A
 * reservation is stored before it is given, so a process that dies leaves the worst case behind.
 */
export function createDailySpend(capMicroUsd: number, store: SpendStore): DailySpend {
  const stored = store.read();
  let day = stored === undefined || stored === 'unreadable' ? 0 : stored.day;
  let spent = stored === undefined || stored === 'unreadable' ? 0 : stored.microUsd;
  // Nobody knows what was spent: the first day counts as spent, the next one is new.
  let unknown = stored === 'unreadable';

  const turn = (nowMs: number): void => {
    const today = Math.floor(nowMs / DAY_MS);
    if (today <= day) return; // A clock set back must not give the day's money again.
    day = today;
    spent = unknown ? capMicroUsd : 0;
    unknown = false;
  };
  return {
    reserve(microUsd, nowMs) {
      turn(nowMs);
      // What costs nothing, as a local model, needs no room.
      if (microUsd === 0) return { day, microUsd };
      if (spent + microUsd > capMicroUsd) return undefined;
      if (!store.write({ day, microUsd: spent + microUsd })) return undefined;
      spent += microUsd;
      return { day, microUsd };
    },
    settle(reserved, microUsd, nowMs) {
      turn(nowMs);
      if (reserved.day !== day || microUsd === reserved.microUsd) return;
      spent += microUsd - reserved.microUsd;
      store.write({ day, microUsd: spent }); // Unwritten, the file says more than was spent.
    },
    spentMicroUsd(nowMs) {
      turn(nowMs);
      return spent;
    },
  };
}
