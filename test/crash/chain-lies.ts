import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createRandom } from '../../adapters/market-data/random.ts';

const EVERY_MS = 700;

/** What a chain, its forks, its nodes and its block engine do to a trade, on one port or on both. */
const LIES: readonly Readonly<Record<string, unknown>>[] = [
  { kind: 'drop', count: 1 },
  { kind: 'delay', count: 2, slots: 6 },
  { kind: 'expire', count: 1 },
  { kind: 'fail', count: 1 },
  { kind: 'fork', count: 1 },
  { kind: 'fork', count: 1, slots: 4 },
  { kind: 'invalid-bundle', count: 2 },
  { kind: 'null-status', count: 30, onePort: true },
  { kind: 'stale-height', count: 30, behind: 60, onePort: true },
  { kind: 'limit', count: 2, onePort: true },
  { kind: 'limit', method: '*', slots: 8, count: 1, onePort: true },
];

/** Lies again and again until stopped. A simnet that is down at this moment is simply honest. */
export function lieAbout(
  readUrls: () => readonly string[],
  seed: number,
): { readonly stop: () => Promise<number> } {
  const random = createRandom(seed);
  let told = 0;
  const lie = async (): Promise<void> => {
    const urls = readUrls();
    const { onePort, ...chosen } = LIES[Math.floor(random.next() * LIES.length)] ?? {};
    const url = urls[Math.floor(random.next() * urls.length)];
    const [first] = urls;
    if (url === undefined || first === undefined) return;
    const port = onePort === true ? { port: Number(new URL(url).port) } : {};
    await callRpc(first, 'simnet_fault', [{ ...chosen, ...port }])
      .then(() => (told += 1))
      .catch(() => undefined);
  };
  const timer = setInterval(() => void lie(), EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      const [first] = readUrls();
      if (first !== undefined)
        await callRpc(first, 'simnet_clearFaults', []).catch(() => undefined);
      return told;
    },
  };
}
