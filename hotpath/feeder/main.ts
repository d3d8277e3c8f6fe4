import { parentPort, workerData } from 'node:worker_threads';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPoolWatch } from '../../adapters/chain/pool-watch.ts';
import { requireTls } from '../../adapters/secrets/require-tls.ts';
import { requestTipFloor } from '../../adapters/senders/tip-floor.ts';
import { loadMarkets } from '../../config/markets.ts';
import { clampTip } from '../../domain/execution/tip-floor.ts';
import { decodeBase58 } from '../../domain/shared/base58.ts';
import type { FeederMessage, FeederStart, TipFloorSource } from './messages.ts';

/** A blockhash is 20 blocks old at most when it is used; most are one or two. */
const BLOCKHASH_EVERY_MS = 300;
const POLL_LIMIT_MS = 1_500;
/** Jito computes it anew every few seconds. */
const TIP_FLOOR_EVERY_MS = 5_000;

type LatestBlockhash = {
  readonly context: { readonly slot: number };
  readonly value: { readonly blockhash: string; readonly lastValidBlockHeight: number };
};

/** A thread of its own: decoding accounts must not delay a permit. */
function feed({ rpcUrls, wsUrl, markets, tipFloor }: FeederStart): void {
  if (!parentPort) throw new Error('the feeder runs as a worker thread');
  const hot = parentPort;
  const post = (message: FeederMessage): void => hot.postMessage(message);
  const fault = (error: unknown): void =>
    post({ kind: 'fault', fault: error instanceof Error ? error.message : String(error) });

  const pollBlockhash = async (url: string): Promise<void> => {
    // Confirmed: `processed` may be dropped with its fork, `finalized` is 32 slots old.
    const commitment = { commitment: 'confirmed' };
    const [latest, height] = await Promise.all([
      callRpc<LatestBlockhash>(url, 'getLatestBlockhash', [commitment], POLL_LIMIT_MS),
      callRpc<number>(url, 'getBlockHeight', [commitment], POLL_LIMIT_MS),
    ]);
    const blockhash = decodeBase58(latest.value.blockhash, 32);
    if (!blockhash) throw new Error(`unreadable blockhash ${latest.value.blockhash}`);
    post({
      kind: 'blockhash',
      blockhash,
      lastValidHeight: latest.value.lastValidBlockHeight,
      height,
      headSlot: latest.context.slot,
    });
  };

  const pollAll = (): void => {
    // Any one source is enough; the hot thread keeps the one that is valid longest.
    for (const url of rpcUrls) pollBlockhash(url).catch(fault);
  };
  pollAll();
  setInterval(pollAll, BLOCKHASH_EVERY_MS);

  if (tipFloor) followTipFloor(tipFloor, { post, fault });

  createPoolWatch({
    wsUrl,
    rpcUrl: rpcUrls[0] ?? '',
    markets: loadMarkets(markets),
    commitment: 'processed',
    onUpdate: (market, pool) => post({ kind: 'pool', market, pool }),
    onLink: ({ connected, slot }) => post({ kind: 'link', connected, slot }),
    onFault: fault,
  });
}

type Hot = {
  readonly post: (message: FeederMessage) => void;
  readonly fault: (error: unknown) => void;
};

/** While nothing is heard the hot thread forgets the last one, and tips by the cap alone. */
function followTipFloor({ url, percentile, tipMax }: TipFloorSource, { post, fault }: Hot): void {
  const poll = async (): Promise<void> => {
    const lamports = await requestTipFloor(url, percentile, POLL_LIMIT_MS);
    post({ kind: 'tip-floor', lamports: clampTip(lamports, tipMax) });
  };
  const pollNow = (): void => void poll().catch(fault);
  pollNow();
  setInterval(pollNow, TIP_FLOOR_EVERY_MS);
}

requireTls(process.env); // A thread's own setting.
feed(workerData as FeederStart); // Made by hotpath/main.ts of the same build.
