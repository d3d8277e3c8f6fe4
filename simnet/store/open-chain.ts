import { createHash } from 'node:crypto';
import { OvermindError } from '../../domain/shared/errors.ts';
import { createChain, type Chain } from '../chain.ts';
import type { FoundState } from './find-state.ts';
import { readHistory } from './history-files.ts';
import { openStore } from './store.ts';

export type OpenChainOptions = {
  /** Undefined: the chain lives in memory and ends with the process. */
  readonly folder: string | undefined;
  readonly programs: ReadonlyMap<string, Uint8Array>;
  readonly nowMs: () => number;
};

/** What a start found, for the log: silence would hide a cut. */
export type Resumed = {
  readonly slot: number;
  readonly replayed: number;
  readonly landed: number;
  readonly tornBytes: number;
  readonly fellBack: boolean;
};

export type OpenedChain = {
  readonly chain: Chain;
  readonly resumed: Resumed | undefined;
  /** To be called after each slot, when everybody has been told of it. */
  readonly keepUp: () => void;
  readonly close: () => void;
};

/** The chain where its last life left off, or a new one. */
export function openChain({ folder, programs, nowMs }: OpenChainOptions): OpenedChain {
  if (folder === undefined) {
    const chain = createChain({ nowMs, programs });
    return { chain, resumed: undefined, keepUp: () => undefined, close: () => undefined };
  }
  const hashes = [...programs].map(([id, binary]): [string, string] => [
    id,
    createHash('sha256').update(binary).digest('hex'),
  ]);
  const store = openStore({ folder, programs: Object.fromEntries(hashes), nowMs });
  const { found } = store;
  let chain: Chain;
  try {
    const from = found?.snapshot.state;
    chain = createChain({ nowMs, programs, record: store.append, ...(from ? { from } : {}) });
    if (found) goOn(chain, found, folder);
    // Bounds what the next start has to replay. Where it may not be yet, the log goes on.
    store.takeSnapshot(chain);
  } catch (error) {
    store.close();
    throw error;
  }
  const resumed = found && {
    slot: chain.blocks.slot(),
    replayed: found.entries.length,
    landed: chain.history.count(),
    tornBytes: found.tornBytes,
    fellBack: found.fellBack,
  };
  return { chain, resumed, keepUp: () => store.keepUp(chain), close: store.close };
}

function goOn(chain: Chain, { snapshot, entries }: FoundState, folder: string): void {
  chain.history.load(readHistory(folder, snapshot.history), snapshot.history.total);
  for (const entry of entries) {
    const fault = chain.replay(entry);
    if (fault === undefined) continue;
    throw new OvermindError('simnet/state-corrupt', { path: folder, fault });
  }
}
