import { assertPaperCluster } from '../../adapters/chain/assert-paper-cluster.ts';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { createExecutorLedger, type ExecutorLedger } from '../../adapters/ledger/executor-epoch.ts';
import { allowsCoreDumps, guardProcess } from '../../adapters/secrets/guard-process.ts';
import { createSigner, type Signer } from '../../adapters/secrets/signer.ts';
import { readWalletFile } from '../../adapters/secrets/wallet-file.ts';
import {
  createRawHttpSender,
  type Endpoint,
  type RawHttpSender,
} from '../../adapters/senders/raw-http-sender.ts';
import { executorAddresses, type ExecutorAddresses } from '../../config/executor-addresses.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Market } from '../../domain/market/market.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import type { ProcessContext } from '../../workers/run-process.ts';
import { createChainView, type ChainView } from '../chain-view.ts';
import { createControl, type Control } from '../control.ts';
import { openJournal, type Journal } from '../journal.ts';
import { createSeen, type Seen } from '../seen.ts';
import { createStages, type Stages } from '../stages.ts';
import { failpointsOf, type Failpoints } from './failpoints.ts';

/** Two to eight seconds behind, at slots of 100 to 400 ms, are no picture to trade on. */
const CHAIN_LIMITS = { slotsBehindMax: 20, silenceMsMax: 2_000, blocksLeftMin: 20 };
/** Below the five seconds after which a Node server closes an idle connection. */
const PAPER_PING_EVERY_MS = 2_000;
/** Load balancers wait a minute or more, and a ping is one of the few requests they allow. */
const PING_EVERY_MS = 25_000;

/** What the parts of the path share; each is opened once, in `main`. */
export type Parts = {
  readonly context: ProcessContext;
  readonly addresses: ExecutorAddresses;
  readonly markets: readonly Market[];
  readonly wallet: string;
  readonly signer: Signer;
  readonly journal: Journal;
  readonly control: Control;
  readonly pool: LedgerPool;
  readonly ledger: ExecutorLedger;
  readonly sender: RawHttpSender;
  readonly stages: Stages;
  readonly chain: ChainView;
  readonly seen: Seen;
  readonly failpoints: Failpoints;
  readonly fail: (error: Error) => void;
};

export const clock = () => ({
  wallMs: Date.now(),
  monotonicMs: performance.now(),
  ns: process.hrtime.bigint(),
});

export const nowNs = (): bigint => process.hrtime.bigint();

/** Nothing here needs Postgres or the bus to be there: a stop must be heard without them. */
export async function openParts(context: ProcessContext): Promise<Parts> {
  const { config, onStop } = context;
  const addresses = executorAddresses(config);
  const failpoints = failpointsOf(config);
  // Before any key is read: paper must not be able to sign for a public cluster.
  for (const url of addresses.rpc) {
    const readGenesisHash = () => context.persist(() => callRpc<string>(url, 'getGenesisHash', []));
    await assertPaperCluster({ readGenesisHash });
  }
  guardProcess();
  if (allowsCoreDumps()) {
    context.log.warn('core dumps are allowed: `ulimit -c 0` belongs before a process with a key');
  }
  const signer = createSigner(readWalletFile(config.files.wallet));
  const fail = (error: Error): void => {
    // An uncaught exception is what ends a process of ours with a fault.
    setImmediate(() => {
      throw error;
    });
  };
  const pool = createPool(addresses.postgres, 'hotpath', 3);
  onStop('ledger', () => pool.end());
  const journal = failpoints.journal(openJournal({ folder: config.files.journal, onFault: fail }));
  onStop('journal', () => journal.close());
  const stages = createStages();
  const sender = openSender(context, addresses, stages);
  onStop('sender', () => sender.close());
  return {
    context,
    addresses,
    markets: loadMarkets(config.markets),
    wallet: encodeBase58(signer.publicKey),
    signer,
    journal,
    control: createControl({ journal, clock, dropUnsent: () => sender.dropUnsent() }),
    pool,
    ledger: failpoints.ledger(createExecutorLedger(pool)),
    sender,
    stages,
    chain: createChainView(CHAIN_LIMITS),
    seen: createSeen(),
    failpoints,
    fail,
  };
}

function openSender(
  { config, log }: ProcessContext,
  { rpc, jito, sender }: ExecutorAddresses,
  stages: Stages,
): RawHttpSender {
  const { sending } = config;
  const endpoint = (kind: Endpoint['kind'], requestsPerSecond: number) => (url: string) => ({
    url,
    kind,
    requestsPerSecond,
  });
  return createRawHttpSender({
    endpoints: [
      ...jito.map(endpoint('jito', sending.jitoRequestsPerSecond)),
      ...sender
        .map((url) => (sending.sender.swqosOnly ? withSwqosOnly(url) : url))
        .map(endpoint('helius-sender', sending.sender.requestsPerSecond)),
      ...rpc.map(endpoint('rpc', sending.rpcRequestsPerSecond)),
    ],
    connectionsPerEndpoint: sending.connections,
    pingEveryMs: config.mode === 'paper' ? PAPER_PING_EVERY_MS : PING_EVERY_MS,
    onReply(host, { status, body }, tookNs, outcome) {
      stages.record('reply', tookNs);
      if (outcome === 'taken') return;
      stages.count(`send-${outcome}`);
      // Settlement looks up every signature anyway: that it is known is no fault.
      if (outcome === 'known') return;
      log.warn({ host, outcome, status, body: body.slice(0, 300) }, 'endpoint took no transaction');
    },
    onBreach(host, breach) {
      stages.count(`send-${breach}`);
      log.warn({ host, breach }, 'endpoint connection made anew');
    },
  });
}

function withSwqosOnly(url: string): string {
  const marked = new URL(url);
  marked.searchParams.set('swqos_only', 'true');
  return marked.href;
}
