import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { createPool } from '../../adapters/ledger/connect.ts';
import { readEnded, readHaltView } from '../../adapters/ledger/halt-ledger.ts';
import { createExecutorClient } from '../../adapters/socket-rpc/executor-client.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { System } from '../find-system.ts';
import type { QuietSources } from './await-quiet.ts';

const ANSWER_MS_MAX = 2_000;
const CONNECTIONS_MAX = 2;
/** One origin alone may lie, lag or sit on a fork. */
const ORIGINS_MIN = 2;

export type OpenQuietSources = QuietSources & { readonly close: () => void };

/** Whoever knows what was signed: executor, ledger and chain, each as far as it answers. */
export function quietSources({ config }: System): OpenQuietSources {
  const { postgres, rpc = [] } = config.addresses;
  const executor = createExecutorClient(config.files.executorSocket);
  const pool = postgres === undefined ? undefined : createPool(postgres, 'stop', CONNECTIONS_MAX);
  const chain =
    rpc.length < ORIGINS_MIN
      ? undefined
      : createChainReader({
          urls: rpc,
          commitment: 'finalized',
          wallet: '',
          timeoutMs: ANSWER_MS_MAX,
        });
  return {
    readJournal: () => executor.landable(ANSWER_MS_MAX).catch(asAway),
    readLive: async () => pool && (await readHaltView(pool, '').catch(asAway))?.live,
    readEnded: async (permitIds) =>
      (pool && (await readEnded(pool, permitIds).catch(asAway))) ?? new Set(),
    chain: chain && {
      origins: chain.origins,
      // An origin that does not answer proves nothing, now; the next look asks again.
      readFinalizedHeight: async () => (await chain.readFinalizedHeight().catch(asAway)) ?? [],
      readSignatureStatuses: async (signatures) =>
        (await chain.readSignatureStatuses(signatures).catch(asAway)) ?? [],
    },
    close() {
      executor.close();
      void pool?.end().catch(() => undefined); // The process ends with it.
    },
  };
}

function asAway(error: unknown): undefined {
  if (error instanceof OvermindError) return undefined;
  throw error;
}
