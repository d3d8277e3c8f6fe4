import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { PUBLIC_GENESIS_HASHES } from './genesis.ts';

/** Paper never touches a public cluster: to be asked before any key is loaded. */
export async function assertPaperCluster(
  reader: Pick<ChainReader, 'readGenesisHash'>,
): Promise<void> {
  const genesisHash = await reader.readGenesisHash();
  if (!PUBLIC_GENESIS_HASHES.has(genesisHash)) return;
  throw new OvermindError('chain/wrong-cluster', {
    genesisHash,
    expected: `a local cluster, not ${PUBLIC_GENESIS_HASHES.get(genesisHash) ?? 'a public one'}`,
  });
}
