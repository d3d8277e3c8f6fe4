/** Seeded numbers that are the same on every machine: integer steps only (sfc32). */
export type Random = {
  /** In [0, 1). */
  next(): number;
  /** About normal, mean 0 and deviation 1: a sum, since Math.log may differ between engines. */
  normal(): number;
};

export function createRandom(seed: number): Random {
  let [a, b, c, count] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1];
  const step = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  // The first numbers of close seeds are alike.
  for (let turn = 0; turn < 15; turn++) step();

  const next = (): number => step() / 2 ** 32;
  return {
    next,
    normal(): number {
      let sum = -6;
      for (let turn = 0; turn < 12; turn++) sum += next();
      return sum;
    },
  };
}
