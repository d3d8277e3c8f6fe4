import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { persist } from '../persist.ts';

/** Until every origin shows the slot as finalized; a chain that is away for a moment is asked again. */
export async function untilFinalized(
  chain: Pick<ChainReader, 'readFinalizedHeight' | 'origins'>,
  slot: number,
  limitMs: number,
): Promise<void> {
  await persist(
    async () => {
      const heights = await chain.readFinalizedHeight();
      const agree = heights.length === chain.origins.length;
      if (agree && heights.every((one) => one.slot >= slot)) return;
      const fault = `slot ${slot} is not finalized on every origin`;
      throw new OvermindError('chain/unreachable', { url: '', method: 'getBlockHeight', fault });
    },
    { limitMs, onFault: () => undefined },
  );
}
