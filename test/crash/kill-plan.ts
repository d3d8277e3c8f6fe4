import { createRandom, type Random } from '../../adapters/market-data/random.ts';

/** All that can die. Servers are among them, and the supervisor itself. */
export const VICTIMS = [
  ...['hotpath', 'trading', 'brain', 'ingest', 'api', 'simnet'],
  ...['temporal', 'postgres', 'dragonfly', 'chroma', 'supervisor'],
] as const;

export type Victim = (typeof VICTIMS)[number];

export type Kill = {
  readonly victims: readonly Victim[];
  /** Between the system's being ready and the kill. */
  readonly afterMs: number;
};

const PAIRS_SHARE = 0.4;
const AFTER_MS = { min: 100, max: 1_500 };

/** Each victim in turn, in a new order each round, some of them with another one. */
export function planKills(seed: number, count: number): readonly Kill[] {
  const random = createRandom(seed);
  const kills: Kill[] = [];
  let round: Victim[] = [];
  while (kills.length < count) {
    if (round.length === 0) round = shuffled(VICTIMS, random);
    const first = round.pop() ?? 'hotpath';
    const others = VICTIMS.filter((one) => one !== first);
    const second = others[Math.floor(random.next() * others.length)] ?? 'trading';
    kills.push({
      victims: random.next() < PAIRS_SHARE ? [first, second] : [first],
      afterMs: Math.round(AFTER_MS.min + random.next() * (AFTER_MS.max - AFTER_MS.min)),
    });
  }
  return kills;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
