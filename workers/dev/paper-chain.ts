import { join } from 'node:path';
import { assertPaperCluster } from '../../adapters/chain/assert-paper-cluster.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import type { Config } from '../../config/config.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { persist } from '../persist.ts';
import { startOwnProcess, type ProcessHooks, type RunningProcess } from './own-process.ts';
import { choosePort } from './servers/ports.ts';
import type { ServerSetup } from './servers/running-server.ts';

/** Two ports with faults of their own: as good as two origins. */
export type PaperChain = {
  readonly urls: readonly string[];
  readonly slotMs: number;
  /** The block engine's gRPC service, for hints about bundles; absent on a cluster of the operator's. */
  readonly grpcUrl?: string;
  /** Absent where the operator named a cluster of his own. */
  readonly process?: RunningProcess;
};

/** A replay runs faster than life, and so does its chain. */
const SLOT_MS = 100;
/** A cluster that answers nothing for so long is not the one that was meant. */
const PATIENCE = { limitMs: 30_000, onFault: () => undefined };

/** Where simnet keeps its log and snapshots: the paper chain outlives every start but `--fresh`. */
export const chainFolder = (home: string): string => join(home, 'simnet');

export async function startPaperChain(
  config: Config,
  setup: ServerSetup,
  hooks: ProcessHooks,
): Promise<PaperChain> {
  const given = config.addresses.rpc;
  if (given) return useGivenChain(given);
  const chain = await startSimnet(setup, hooks);
  await requirePaper(chain.urls);
  return chain;
}

/** A simnet that somebody else started. */
export async function useGivenChain(urls: readonly string[]): Promise<PaperChain> {
  await requirePaper(urls);
  await requireFaucet(urls);
  return { urls, slotMs: SLOT_MS };
}

/** No wallet belongs to this reader: it only asks what cluster this is, before any key is read. */
async function requirePaper(urls: readonly string[]): Promise<void> {
  const reader = createChainReader({ urls, commitment: 'confirmed', wallet: '' });
  await assertPaperCluster({ readGenesisHash: () => persist(reader.readGenesisHash, PATIENCE) });
}

async function startSimnet(setup: ServerSetup, hooks: ProcessHooks): Promise<PaperChain> {
  const port = await choosePort('simnet', 8_899, setup);
  const port2 = await choosePort("simnet's second origin", 8_898, setup);
  const grpcPort = await choosePort("simnet's block engine", 8_897, setup);
  const process = await startOwnProcess(
    {
      name: 'simnet',
      root: 'simnet/main.ts',
      args: [
        ...['--port', String(port), '--port2', String(port2), '--slot-ms', String(SLOT_MS)],
        ...['--grpc-port', String(grpcPort), '--state', chainFolder(setup.home)],
      ],
      env: setup.env,
      restarts: true,
    },
    hooks,
  );
  const { url, url2 } = process.facts;
  const grpcUrl = `http://127.0.0.1:${grpcPort}`;
  return { urls: [String(url), String(url2)], slotMs: SLOT_MS, grpcUrl, process };
}

/** Paper pools and paper money are only to be had from simnet. */
async function requireFaucet([url = '']: readonly string[]): Promise<void> {
  try {
    await persist(() => callRpc(url, 'simnet_status', []), PATIENCE);
  } catch (cause) {
    const fault = `OVERMIND_RPC_URLS ${new URL(url).host}: wants a simnet, since paper pools follow the feed`;
    throw new OvermindError('server/failed', { server: 'simnet', fault }, { cause });
  }
}
