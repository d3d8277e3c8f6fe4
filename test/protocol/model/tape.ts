/** The choices of one schedule: the same tape makes the same schedule, byte by byte. */
export type Tape = {
  /** A whole number from 0 to `below` - 1. */
  next(below: number): number;
  /** True in one of `outOf` cases; never once the tape is over. */
  chance(outOf: number): boolean;
  readonly isOver: boolean;
};

export function createTape(values: readonly number[]): Tape {
  let at = 0;
  const next = (below: number): number => {
    const value = values[at] ?? 0;
    at += 1;
    return value % below;
  };
  return {
    next,
    chance: (outOf) => at < values.length && next(outOf) === outOf - 1,
    get isOver() {
      return at >= values.length;
    },
  };
}
