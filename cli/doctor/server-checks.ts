import { connectBus } from '../../adapters/bus/connect.ts';
import { PUBLIC_GENESIS_HASHES } from '../../adapters/chain/genesis.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createBrainClient } from '../../adapters/socket-rpc/brain-client.ts';
import { createExecutorClient } from '../../adapters/socket-rpc/executor-client.ts';
import type { Config } from '../../config/config.ts';
import { connectTemporal } from '../../temporal/connection.ts';
import { NAMESPACE } from '../../temporal/ids.ts';
import { readMissingAttributes } from '../../temporal/namespace.ts';
import { shownAddress } from '../find-system.ts';
import type { Check } from './check.ts';

const ANSWER_MS_MAX = 3_000;
const START = (variable: string) => `npm start starts it, or ${variable} names one`;
const OURS = 'see its log in the folder logs; the supervisor starts it again';

/** Each server and process of ours, asked by a real call. */
export function serverChecks(config: Config): readonly Check[] {
  const { dragonfly, temporal, chroma, rpc, apiHost, apiPort, brain } = config.addresses;
  const needed = true;
  return [
    {
      name: 'dragonfly',
      needed,
      look: () => lookAtBus(known(dragonfly), config.passwords.dragonfly),
      advice: START('DRAGONFLY_URL'),
    },
    {
      name: 'temporal',
      needed,
      look: () => lookAtTemporal(known(temporal)),
      advice: START('TEMPORAL_ADDRESS'),
    },
    {
      name: 'namespace',
      needed,
      look: () => lookAtNamespace(known(temporal)),
      advice: 'npm start registers what is missing',
    },
    {
      name: 'chroma',
      // Its memory is written behind: without it decisions go on, and the status says degraded.
      needed: false,
      look: () => lookAtChroma(known(chroma)),
      advice: START('CHROMA_URL'),
    },
    ...(rpc ?? [undefined]).map((url, at) => ({
      name: at === 0 ? 'chain' : `chain ${at + 1}`,
      needed,
      look: () => lookAtChain(known(url), config.mode),
      advice: START('OVERMIND_RPC_URLS'),
    })),
    {
      name: 'executor',
      needed,
      look: () => lookAtExecutor(config.files.executorSocket),
      advice: OURS,
    },
    { name: 'brain', needed, look: () => lookAtBrain(brain), advice: OURS },
    { name: 'api', needed, look: () => lookAtApi(apiHost, apiPort), advice: OURS },
  ];
}

function known(address: string | undefined): string {
  if (address === undefined) throw new Error('no address is known');
  return address;
}

async function lookAtBus(url: string, password: string | undefined): Promise<string> {
  const connection = await connectBus(url, { name: 'doctor', password });
  try {
    await connection.ping();
    const info = await connection.info('server');
    const version = /^dragonfly_version:(\S+)/m.exec(info) ?? /^redis_version:(\S+)/m.exec(info);
    return `${shownAddress(url)}, version ${version?.[1] ?? 'unknown'}`;
  } finally {
    connection.disconnect();
  }
}

async function lookAtTemporal(address: string): Promise<string> {
  const connection = await connectTemporal(address, ANSWER_MS_MAX);
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    return `${address}, version ${serverVersion ?? 'unknown'}`;
  } finally {
    await connection.close();
  }
}

async function lookAtNamespace(address: string): Promise<string> {
  const connection = await connectTemporal(address, ANSWER_MS_MAX);
  try {
    const missing = await readMissingAttributes(connection);
    if (missing.length > 0) throw new Error(`search attributes missing: ${missing.join(', ')}`);
    return `${NAMESPACE}, every search attribute is registered`;
  } finally {
    await connection.close();
  }
}

async function lookAtChroma(url: string): Promise<string> {
  const at = async (path: string): Promise<unknown> => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(new URL(path, url), { signal });
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return response.json();
  };
  const [, version] = await Promise.all([at('/api/v2/heartbeat'), at('/api/v2/version')]);
  return `${shownAddress(url)}, version ${String(version)}`;
}

async function lookAtChain(url: string, mode: Config['mode']): Promise<string> {
  const [genesisHash, slot] = await Promise.all([
    callRpc<string>(url, 'getGenesisHash', [], ANSWER_MS_MAX),
    callRpc<number>(url, 'getSlot', [{ commitment: 'confirmed' }], ANSWER_MS_MAX),
  ]);
  const cluster = PUBLIC_GENESIS_HASHES.get(genesisHash);
  if (mode === 'paper' && cluster !== undefined) {
    throw new Error(`${shownAddress(url)} is ${cluster}; paper refuses a public cluster`);
  }
  return `${shownAddress(url)}, ${cluster ?? 'no public cluster'}, slot ${slot}`;
}

async function lookAtExecutor(socketPath: string): Promise<string> {
  const client = createExecutorClient(socketPath);
  try {
    const { executorEpoch, leaseEndsInMs, markets } = await client.status(ANSWER_MS_MAX);
    const stale = Object.entries(markets).filter(([, { fresh }]) => !fresh);
    if (leaseEndsInMs <= 0) throw new Error('its lease has run out');
    if (stale.length > 0) throw new Error(`chain not fresh: ${stale.map(([id]) => id).join(', ')}`);
    return `epoch ${executorEpoch}, ${Object.keys(markets).length} markets fresh`;
  } finally {
    client.close();
  }
}

async function lookAtBrain(brain: Config['addresses']['brain']): Promise<string> {
  const reader = createBrainClient(brain);
  try {
    const { memory, chroma } = await reader.read(ANSWER_MS_MAX);
    return `${Object.keys(memory).length} markets in memory, Chroma ${chroma}`;
  } finally {
    reader.close();
  }
}

async function lookAtApi(host: string, port: number): Promise<string> {
  const url = `http://${host}:${port}/health`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 300)}`);
  return url;
}
