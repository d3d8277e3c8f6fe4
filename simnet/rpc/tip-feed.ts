import type { WebSocket } from 'ws';
import type { Chain } from '../chain.ts';
import type { Bundle } from '../state/bundles.ts';
import { transactionOf } from '../state/history.ts';
import { createTips, type TipFloor } from '../state/tips.ts';
import { tipsIn } from '../transaction/tip.ts';

const LISTENERS_MAX = 100;
const BUFFERED_BYTES_MAX = 1_000_000;

export type TipFeed = ReturnType<typeof createTipFeed>;

/** `tip_floor` and `tip_stream`: what bundles have lately paid to land. */
export function createTipFeed(chain: Chain) {
  const tips = createTips();
  const sockets = new Set<WebSocket>();
  let landedNow: Bundle[] = [];

  /** Nothing where only Sender was tipped: that was no bid in the engine's auction. */
  const tipOf = ({ signatures }: Bundle): bigint =>
    signatures
      .flatMap((signature) => chain.history.find(signature) ?? [])
      .flatMap((landed) => tipsIn(transactionOf(landed).message))
      .reduce((sum, lamports) => sum + lamports, 0n);

  const floor = (): readonly TipFloor[] => [tips.floor(chain.blocks.current().unixSeconds)];

  // Those of an earlier life count on.
  tips.add(
    chain.bundles
      .dump()
      .filter(({ status }) => status === 'Landed')
      .map(tipOf)
      .filter((lamports) => lamports > 0n),
  );
  chain.bundles.onChange((bundle) => {
    if (bundle.status === 'Landed') landedNow.push(bundle);
  });
  chain.onSlot(() => {
    if (landedNow.length === 0) return;
    const bids = landedNow.map(tipOf).filter((lamports) => lamports > 0n);
    landedNow = [];
    if (bids.length === 0) return;
    tips.add(bids);
    const text = JSON.stringify(floor());
    for (const socket of sockets) {
      // Who does not read loses the stream, not simnet its memory.
      if (socket.bufferedAmount > BUFFERED_BYTES_MAX) socket.terminate();
      else socket.send(text);
    }
  });

  return {
    floor,
    /** The present floor at once, and each new one after the slot that changed it. */
    attend(socket: WebSocket): void {
      if (sockets.size >= LISTENERS_MAX) {
        socket.close(1_013, 'too many listeners');
        return;
      }
      sockets.add(socket);
      socket.on('error', () => socket.terminate());
      socket.on('close', () => sockets.delete(socket));
      socket.send(JSON.stringify(floor()));
    },
  };
}
