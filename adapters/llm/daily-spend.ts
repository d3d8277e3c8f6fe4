/** Money set aside for one request, until it is known what it cost. */
export type Reserved = { readonly day: number; readonly microUsd: number };

/** What all providers together may cost on a UTC day; millionths of a dollar. */
export type DailySpend = {
  /** Undefined where the day's cap would be passed if it cost this much. */
  reserve(microUsd: number, nowMs: number): Reserved | undefined;
  settle(reserved: Reserved, microUsd: number, nowMs: number): void;
  /** Of this day, reservations included. */
  spentMicroUsd(nowMs: number): number;
};

const DAY_MS = 86_400_000;

/** Requests beside each other reserve their worst case, so that together they stay under the cap. */
export function createDailySpend(capMicroUsd: number): DailySpend {
  let day = 0;
  let spent = 0;
  const turn = (nowMs: number): void => {
    const today = Math.floor(nowMs / DAY_MS);
    if (today <= day) return; // A clock set back must not give the day's money again.
    day = today;
    spent = 0;
  };
  return {
    reserve(microUsd, nowMs) {
      turn(nowMs);
      // What costs nothing, as a local model, needs no room.
      if (microUsd > 0 && spent + microUsd > capMicroUsd) return undefined;
      spent += microUsd;
      return { day, microUsd };
    },
    settle(reserved, microUsd, nowMs) {
      turn(nowMs);
      if (reserved.day === day) spent += microUsd - reserved.microUsd;
    },
    spentMicroUsd(nowMs) {
      turn(nowMs);
      return spent;
    },
  };
}
