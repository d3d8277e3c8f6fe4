/**
 * The shortest endings that still tell the ids of one list apart, each beginning with a whole word.
 * Ids end with a market time, so an ending is what a person can read and give back.
 */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const different = new Set(ids).size;
  const words = Math.max(1, ...ids.map((id) => id.split('-').length));
  for (let count = 1; count < words; count += 1) {
    const short = new Map(ids.map((id) => [id, id.split('-').slice(-count).join('-')]));
    if (new Set(short.values()).size === different) return short;
  }
  return new Map(ids.map((id) => [id, id]));
}
