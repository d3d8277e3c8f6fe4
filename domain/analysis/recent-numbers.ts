/** The last `capacity` numbers, the newest at 0. */
export type RecentNumbers = {
  push(value: number): void;
  /** `back` 0 is the newest. Undefined where nothing was pushed so long ago. */
  at(back: number): number | undefined;
  /** Standard deviation of the last `count`; 0 while there are fewer than two. */
  deviation(count: number): number;
  /** How one number follows the one before it, −1 to 1, over the last `count`. */
  autocorrelation(count: number): number;
  max(count: number): number;
  min(count: number): number;
};

export function createRecentNumbers(capacity: number): RecentNumbers {
  const ring = new Float64Array(capacity);
  let pushed = 0;
  const inside = (count: number): number => Math.min(count, pushed, capacity);
  const value = (back: number): number => ring[(pushed - 1 - back) % capacity] ?? 0;
  const mean = (count: number): number => {
    let sum = 0;
    for (let back = 0; back < count; back++) sum += value(back);
    return count === 0 ? 0 : sum / count;
  };
  return {
    push(next) {
      ring[pushed % capacity] = next;
      pushed += 1;
    },
    at: (back) => (back < inside(capacity) ? value(back) : undefined),
    deviation(wanted) {
      const count = inside(wanted);
      if (count < 2) return 0;
      const centre = mean(count);
      let squares = 0;
      for (let back = 0; back < count; back++) squares += (value(back) - centre) ** 2;
      return Math.sqrt(squares / count);
    },
    autocorrelation(wanted) {
      const count = inside(wanted);
      if (count < 3) return 0;
      const centre = mean(count);
      let squares = 0;
      let products = 0;
      for (let back = 0; back < count; back++) {
        const gap = value(back) - centre;
        squares += gap * gap;
        if (back + 1 < count) products += gap * (value(back + 1) - centre);
      }
      return squares === 0 ? 0 : products / squares;
    },
    max(wanted) {
      let best = -Infinity;
      for (let back = 0; back < inside(wanted); back++) best = Math.max(best, value(back));
      return best;
    },
    min(wanted) {
      let best = Infinity;
      for (let back = 0; back < inside(wanted); back++) best = Math.min(best, value(back));
      return best;
    },
  };
}
