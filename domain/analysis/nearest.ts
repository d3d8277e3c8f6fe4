export type Near = { readonly row: number; readonly squared: number };

/** The `count` smallest of the numbers offered; of two equal ones the first offered is kept. */
export type Nearest = {
  clear(): void;
  offer(row: number, squared: number): void;
  /** Smallest first. */
  list(): readonly Near[];
};

/** Sorted by insertion: after the first few hundred offers hardly any gets in. */
export function createNearest(count: number): Nearest {
  const rows = new Int32Array(count);
  const squares = new Float64Array(count);
  let held = 0;

  return {
    clear() {
      held = 0;
    },
    offer(row, squared) {
      if (held === count && squared >= (squares[count - 1] ?? 0)) return;
      let at = held < count ? held : count - 1;
      while (at > 0 && (squares[at - 1] ?? 0) > squared) {
        squares[at] = squares[at - 1] ?? 0;
        rows[at] = rows[at - 1] ?? 0;
        at -= 1;
      }
      squares[at] = squared;
      rows[at] = row;
      if (held < count) held += 1;
    },
    list: () =>
      Array.from({ length: held }, (_, at) => ({ row: rows[at] ?? 0, squared: squares[at] ?? 0 })),
  };
}
