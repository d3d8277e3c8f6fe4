import {
  openPermitInbox,
  type OpenPermitInbox,
  type PermitInbox,
} from '../adapters/bus/permit-inbox.ts';
import { assertPaperCluster } from '../adapters/chain/assert-paper-cluster.ts';
import { callRpc } from '../adapters/chain/json-rpc.ts';
import { createPool } from '../adapters/ledger/connect.ts';
import { createExecutorLedger, type ExecutorLedger } from '../adapters/ledger/executor-epoch.ts';
import { readPermitKeyFile } from '../adapters/secrets/permit-key-file.ts';
import { createPermitMac } from '../adapters/secrets/permit-mac.ts';
import { createSigner, type Signer } from '../adapters/secrets/signer.ts';
import { readWalletFile } from '../adapters/secrets/wallet-file.ts';
import {
  createRawHttpSender,
  type Endpoint,
  type RawHttpSender,
} from '../adapters/senders/raw-http-sender.ts';
import { requestTipAccounts } from '../adapters/senders/tip-accounts.ts';
import { serveSocket } from '../adapters/socket-rpc/server.ts';
import { compileSwapTemplates } from '../adapters/venues/raydium-cpmm/compile-swap.ts';
import { executorAddresses, type ExecutorAddresses } from '../config/executor-addresses.ts';
import { loadMarkets } from '../config/markets.ts';
import type { Market } from '../domain/market/market.ts';
import { encodeBase58 } from '../domain/shared/base58.ts';
import { runProcess, type ProcessContext } from '../workers/run-process.ts';
import { createChainView, type ChainView } from './chain-view.ts';
import { controlMethods } from './control-socket.ts';
import type { Control } from './control.ts';
import { openJournal, type Journal } from './journal.ts';
import { keepLease } from './keep-lease.ts';
import { createLastLook } from './last-look.ts';
import { runPermitLoop } from './permit-loop.ts';
import { createPipeline } from './pipeline.ts';
import { permitEntryOf } from './read-permit.ts';
import { reportEarlierLife } from './recovery.ts';
import { createReports, type Reports } from './reports.ts';
import { createSeen, type Seen } from './seen.ts';
import { createStages, type Stages } from './stages.ts';
import { startFeeder } from './start-feeder.ts';
import { superseded, takeOver } from './take-over.ts';
import { createTemplates } from './templates.ts';

/** Two to eight seconds behind, at slots of 100 to 400 ms, are no picture to trade on. */
const CHAIN_LIMITS = { slotsBehindMax: 20, silenceMsMax: 2_000, blocksLeftMin: 20 };
/** 4,000 lamports on our unit limit; the permit's fee cap still holds. */
const UNIT_PRICE_MICRO_LAMPORTS = 50_000n;
/** simnet limits nobody; a public block engine allows one request a second. */
const PAPER_REQUESTS_PER_SECOND = 1_000;
/** Below the five seconds after which a Node server closes an idle connection. */
const PING_EVERY_MS = 2_000;
const DRAIN_MS = 2_000;
const FORGET_EVERY_MS = 1_000;

/** What the parts of the path share; each is opened once, in `main`. */
type Parts = {
  readonly context: ProcessContext;
  readonly addresses: ExecutorAddresses;
  readonly markets: readonly Market[];
  readonly wallet: string;
  readonly signer: Signer;
  readonly journal: Journal;
  readonly ledger: ExecutorLedger;
  readonly sender: RawHttpSender;
  readonly stages: Stages;
  readonly chain: ChainView;
  readonly seen: Seen;
  readonly fail: (error: Error) => void;
};

const clock = () => ({
  wallMs: Date.now(),
  monotonicMs: performance.now(),
  ns: process.hrtime.bigint(),
});

async function main(context: ProcessContext): Promise<void> {
  const parts = await openParts(context);
  // Nothing is read before epoch and lease are ours.
  const control = await takeOver({
    ...parts,
    holder: `pid ${process.pid}`,
    clock,
    dropUnsent: () => parts.sender.dropUnsent(),
  });
  const { halted, haltEpoch } = control;
  if (halted) context.log.warn({ haltEpoch }, 'started halted: nothing will be signed');
  await keepControl(parts, control);
  await watchChain(parts);
  const { inbox, reopen } = await openBus(parts);
  const reports = openReports(parts, inbox);
  await serveControl(parts, control);
  await runPath({ parts, control, inbox, reopen, reports });
}

async function openParts(context: ProcessContext): Promise<Parts> {
  const { config, onStop } = context;
  const addresses = executorAddresses(config);
  // Before any key is read: paper must not be able to sign for a public cluster.
  for (const url of addresses.rpc) {
    await assertPaperCluster({ readGenesisHash: () => callRpc<string>(url, 'getGenesisHash', []) });
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
  const journal = openJournal({ folder: config.files.journal, onFault: fail });
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
    ledger: createExecutorLedger(pool),
    sender,
    stages,
    chain: createChainView(CHAIN_LIMITS),
    seen: createSeen(),
    fail,
  };
}

function openSender(
  { log }: ProcessContext,
  { rpc, jito }: ExecutorAddresses,
  stages: Stages,
): RawHttpSender {
  const endpoint = (kind: Endpoint['kind']) => (url: string) => ({
    url,
    kind,
    requestsPerSecond: PAPER_REQUESTS_PER_SECOND,
  });
  return createRawHttpSender({
    endpoints: [...jito.map(endpoint('jito')), ...rpc.map(endpoint('rpc'))],
    pingEveryMs: PING_EVERY_MS,
    onReply(host, { status, body }, tookNs) {
      stages.record('reply', tookNs);
      if (status === 200 && !body.includes('"error"')) return;
      stages.count('send-refused');
      log.warn({ host, status, body: body.slice(0, 300) }, 'endpoint refused a transaction');
    },
  });
}

async function keepControl(parts: Parts, control: Control): Promise<void> {
  const { context, ledger, wallet, fail } = parts;
  const { log } = context;
  const keeper = keepLease({
    wallet,
    ledger,
    control,
    clock,
    superseded: () => fail(superseded('renew lease')),
    onHalt: (why) => log.warn(why, 'halted from Postgres'),
    onFault: (error) => log.warn({ err: error }, 'lease or halt look failed'),
  });
  const stopListening = await ledger.listen(keeper.lookAgain, (error) =>
    log.warn({ err: error }, 'control notifications lost, polling goes on'),
  );
  context.onStop('lease', async () => {
    keeper.stop();
    stopListening();
    await ledger.releaseLease(wallet, control.executorEpoch);
  });
}

async function watchChain({ context, addresses, markets, chain, stages, fail }: Parts) {
  const [first = ''] = addresses.rpc;
  const feeder = await startFeeder({
    start: {
      rpcUrls: addresses.rpc,
      wsUrl: first.replace(/^http/, 'ws'),
      markets: markets.map(({ id }) => id),
    },
    chain,
    onFault(fault) {
      stages.count('feeder-fault');
      context.log.warn({ fault }, 'feeder fault');
    },
    onEnd: fail,
  });
  context.onStop('feeder', () => feeder.stop());
}

async function openBus({ context, addresses, wallet }: Parts): Promise<OpenPermitInbox> {
  const { config, log, onStop } = context;
  const bus = await openPermitInbox(addresses.dragonfly, wallet, {
    password: config.passwords.dragonfly,
    onFault: (error) => log.warn({ err: error }, 'bus connection fault'),
  });
  onStop('bus', () => bus.close());
  return bus;
}

function openReports({ context }: Parts, inbox: PermitInbox): Reports {
  const { log, onStop } = context;
  const reports = createReports({
    store: inbox,
    wallNowMs: Date.now,
    onFault: (error) => log.warn({ err: error }, 'report not stored yet'),
  });
  onStop('reports', async () => {
    const left = await reports.drain(DRAIN_MS);
    if (left > 0) log.warn({ left }, 'reports were not stored');
  });
  return reports;
}

async function serveControl(parts: Parts, control: Control): Promise<void> {
  const { context, journal, ledger, markets } = parts;
  const { log } = context;
  const methods = controlMethods({
    ...parts,
    control,
    index: journal.index,
    markets: markets.map(({ id }) => id),
    monotonicMs: () => performance.now(),
    recordHalt(halt) {
      log.warn(halt, 'halted by a stop');
      ledger.recordHalt(halt).catch((error: unknown) => {
        log.error({ err: error }, 'halt is not in Postgres yet');
      });
    },
  });
  const server = await serveSocket({ path: context.config.files.executorSocket }, methods);
  context.onStop('control socket', () => server.close());
}

type PathParts = {
  readonly parts: Parts;
  readonly control: Control;
  readonly inbox: PermitInbox;
  readonly reopen: () => void;
  readonly reports: Reports;
};

async function runPath({ parts, control, inbox, reopen, reports }: PathParts): Promise<void> {
  const { context, addresses, markets, wallet, journal, chain, seen, fail } = parts;
  const { config, log, onStop } = context;
  const templates = createTemplates({
    templates: compileSwapTemplates(wallet, markets),
    tipAccounts: await requestTipAccounts(addresses.jito[0] ?? ''),
    unitPrice: UNIT_PRICE_MICRO_LAMPORTS,
  });
  const mac = createPermitMac(readPermitKeyFile(config.files.permitKey));
  const { tipMax, feeMax } = config.execution;
  const execute = createPipeline({
    ...parts,
    mac,
    templates,
    control,
    clock,
    lastLook: createLastLook({
      control,
      chain,
      caps: { wallet, tipMax, feeMax, buyMax: config.risk.notionalMax },
      baseIsToken0: new Map(markets.map(({ id, pool }) => [id, pool.baseIsToken0])),
    }),
    reporter: reports,
    superseded() {
      control.endLease();
      fail(superseded('read permits'));
    },
  });
  const readPending = async (after: string) => (await inbox.readPending(after)).map(permitEntryOf);
  const { index } = journal;
  const { executorEpoch } = control;
  const earlier = { readPending, mac, index, seen, reports, executorEpoch, wallNowMs: Date.now };
  const uncertain = await reportEarlierLife(earlier);
  const loop = runPermitLoop({
    readNew: async () => (await inbox.readNew()).map(permitEntryOf),
    readPending,
    leaseHolds: control.leaseHolds,
    execute,
    onFault: (error) => log.warn({ err: error }, 'permits could not be read'),
    onHang: reopen,
  });
  const forget = setInterval(() => seen.forgetBefore(Date.now()), FORGET_EVERY_MS);
  onStop('permit loop', () => {
    clearInterval(forget);
    return loop.stop();
  });
  const { halted, haltEpoch } = control;
  const prepared = templates.count;
  context.ready({ wallet, executorEpoch, halted, haltEpoch, templates: prepared, uncertain });
}

await runProcess('hotpath', main);
