const LENGTH_MIN = 8;

/**
 * The shortest endings that still tell the ids of one list apart. Ids end with a market time, so an
 * ending is what a person can read and give back.
 */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const longest = Math.max(LENGTH_MIN, ...ids.map((id) => id.length));
  for (let length = LENGTH_MIN; length < longest; length += 1) {
    const endings = new Set(ids.map((id) => id.slice(-length)));
    if (endings.size === new Set(ids).size) {
      return new Map(ids.map((id) => [id, id.slice(-length)]));
    }
  }
  return new Map(ids.map((id) => [id, id]));
}
