import { loadConfig } from '../../../config/config.ts';
import type { PermitMac } from '../../../adapters/secrets/permit-mac.ts';
import type { Signer } from '../../../adapters/secrets/signer.ts';
import type { Permit } from '../../../domain/risk/permit.ts';
import type { Market } from '../../../domain/market/market.ts';
import { createChainView, type ChainView } from '../../../hotpath/chain-view.ts';
import { controlMethods } from '../../../hotpath/control-socket.ts';
import { createControl, type Control } from '../../../hotpath/control.ts';
import { openJournal, type Journal } from '../../../hotpath/journal.ts';
import { keepLease } from '../../../hotpath/keep-lease.ts';
import { createLastLook } from '../../../hotpath/last-look.ts';
import { runPermitLoop } from '../../../hotpath/permit-loop.ts';
import { createPipeline } from '../../../hotpath/pipeline.ts';
import { reportEarlierLife } from '../../../hotpath/recovery.ts';
import { createReports } from '../../../hotpath/reports.ts';
import { createSeen, type Seen } from '../../../hotpath/seen.ts';
import { createSigningLimits } from '../../../hotpath/signing-limits.ts';
import { takeOver } from '../../../hotpath/take-over.ts';
import { takeStop, type TakeStopDeps } from '../../../hotpath/take-stop.ts';
import type { Templates } from '../../../hotpath/templates.ts';
import type { Bus } from './bus.ts';
import { blockhashAt, type Chain } from './chain.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { openSocket, readBlocking, untilAnswered } from './executor-ports.ts';
import type { Owner, Remote, Sim } from './sim.ts';
import type { Limits, Truth } from './truth.ts';
import { BLOCKHASH_LIFE_BLOCKS } from '../../../domain/settlement/proof-of-end.ts';

const SIGNING_LIMITS = loadConfig({}).execution.limits;

/** What every life of an executor shares with every other one. */
export type Site = {
  readonly sim: Sim;
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly chain: Chain;
  readonly truth: Truth;
  readonly limits: Limits;
  readonly wallet: string;
  readonly markets: readonly Market[];
  readonly mac: PermitMac;
  readonly signer: Signer;
  readonly templates: Templates;
  readonly busFate: () => Remote;
  readonly ledgerFate: () => Remote;
  /** What happens to bytes that are handed to a socket. */
  readonly fateOfBytes: () => 'arrives' | 'lost' | 'stuck';
  /** The machine may stand still between two looks at the clock. */
  readonly maybeStall: (owner: Owner) => void;
  readonly isCongested: () => boolean;
};

export type Life = {
  readonly owner: Owner;
  readonly host: Host;
  readonly control: Control;
  readonly journal: Journal;
  readonly methods: ReturnType<typeof controlMethods>;
  /** What the feeder posts. */
  feed(): void;
  /** Bytes in a buffer of the process reach the kernel. */
  flush(): void;
  /** The halt that it has answered for. */
  acknowledgedHalt(): number | undefined;
};

export type Host = { readonly name: string; readonly disk: MemoryDisk };

const SEGMENT_BYTES = 16 * 1_024;
const CHAIN_LIMITS = { slotsBehindMax: 20, silenceMsMax: 2_000, blocksLeftMin: 20 };

/** The shipped parts of the hot path, put together as its root does, in one process of the model. */
export function startLife(site: Site, owner: Owner, host: Host): Life {
  const { sim, ledger, truth } = site;
  const clock = () => ({
    wallMs: sim.wallOf(owner),
    monotonicMs: sim.monotonicOf(owner),
    ns: 0n,
  });
  const die = (): void => void (owner.alive = false);
  const journal = openJournal({
    folder: host.name,
    disk: host.disk,
    segmentBytes: SEGMENT_BYTES,
    onFault: die,
  });
  const socket = openSocket(site, owner, () => acknowledged());
  const control = createControl({ journal, clock, dropUnsent: socket.drop });
  /** Halted and said so: from here on the process is bound by its word. */
  const acknowledged = (): number | undefined => (control.halted ? control.haltEpoch : undefined);
  const chain = createChainView(CHAIN_LIMITS);
  const seen = createSeen();
  const stages = { record: () => undefined, count: () => undefined };
  const askLedger = <Answer>(effect: () => Answer): Promise<Answer> =>
    sim.remote(owner, effect, site.ledgerFate());
  const store = ledgerOf(askLedger);
  const { index } = journal;
  const shared: Shared = { site, owner, clock, journal, control, chain, seen, socket };

  const begin = async (): Promise<void> => {
    await takeOver({
      wallet: site.wallet,
      holder: owner.name,
      journal,
      ledger: store,
      control,
      clock,
      persist: untilAnswered,
    });
    keepLease({
      wallet: site.wallet,
      ledger: store,
      control,
      clock,
      superseded: die,
      onHalt: () => undefined,
      onFault: () => undefined,
    });
    await runPath(shared, die);
  };
  begin().catch(die);

  const recordHalt: TakeStopDeps['recordHalt'] = (halt) => {
    store.recordHalt(halt).catch(() => undefined);
  };

  return {
    owner,
    host,
    control,
    journal,
    methods: controlMethods({
      wallet: site.wallet,
      control,
      chain,
      seen,
      index,
      stages: { ...stages, read: () => ({ stages: {} as never, counters: {} }) },
      markets: [],
      monotonicMs: () => sim.monotonicOf(owner),
      takeStop: (order) => takeStop({ control, recordHalt }, order),
      configHash: '',
      resume: () => Promise.reject(new Error('operators are not part of the model')),
    }),
    feed() {
      const monotonicMs = sim.monotonicOf(owner);
      const { height, pool } = site.chain;
      const lag = site.chain.lies.lag.get('one') ?? 0;
      const seenHeight = height - lag;
      chain.apply({ kind: 'link', connected: true, slot: seenHeight }, monotonicMs);
      for (const { id } of site.markets) {
        chain.apply({ kind: 'pool', market: id, pool: { ...pool, slot: seenHeight } }, monotonicMs);
      }
      chain.apply(
        {
          kind: 'blockhash',
          blockhash: blockhashAt(seenHeight),
          lastValidHeight: seenHeight + BLOCKHASH_LIFE_BLOCKS,
          height: seenHeight,
          headSlot: seenHeight,
        },
        monotonicMs,
      );
    },
    flush: socket.flush,
    acknowledgedHalt: acknowledged,
  };

  function ledgerOf(ask: <Answer>(effect: () => Answer) => Promise<Answer>) {
    type Take = Parameters<typeof ledger.takeEpoch>[0];
    return {
      takeEpoch: (take: Take & { readonly wallet: string; readonly holder: string }) =>
        ask(() => {
          const taken = ledger.takeEpoch(take);
          if (taken.executorEpoch > 1) truth.counts.failOvers += 1;
          truth.onLease(taken.executorEpoch, sim.nowMs + take.leaseMs);
          truth.onEpochs();
          return taken;
        }),
      renewLease: (_wallet: string, epoch: number, leaseMs: number) =>
        ask(() => {
          const renewed = ledger.renewLease(epoch, leaseMs);
          if (renewed) truth.onLease(epoch, sim.nowMs + leaseMs);
          return renewed;
        }),
      readControl: () => ask(() => ledger.readControl()),
      recordHalt: (halt: { stopId: string; reason: string; haltEpoch: number }) =>
        ask(() => {
          ledger.recordHalt(halt);
          truth.onEpochs();
        }),
      acknowledgeHalt: (fenced: { executorEpoch: number; haltEpoch: number }) =>
        ask(() => ledger.acknowledgeHalt(fenced.executorEpoch, fenced.haltEpoch)),
    };
  }
}

type Shared = {
  readonly site: Site;
  readonly owner: Owner;
  readonly clock: () => { wallMs: number; monotonicMs: number; ns: bigint };
  readonly journal: Journal;
  readonly control: Control;
  readonly chain: ChainView;
  readonly seen: Seen;
  readonly socket: ReturnType<typeof openSocket>;
};

async function runPath(shared: Shared, die: () => void): Promise<void> {
  const { site, owner, clock, journal, control, chain, seen, socket } = shared;
  const { sim, bus, mac, templates, signer, markets, limits } = site;
  const askBus = <Answer>(effect: () => Answer): Promise<Answer> =>
    sim.remote(owner, effect, site.busFate());
  const reports = createReports({
    store: {
      storeReports: (batch) =>
        askBus(() => {
          for (const { id, json } of batch) bus.storeReport(id, json);
          return [];
        }),
      acknowledge: (ids) =>
        askBus(() => {
          for (const id of ids) bus.acknowledge(id);
        }),
    },
    wallNowMs: () => sim.wallOf(owner),
    onFault: () => undefined,
  });
  let permit: Permit | undefined;
  const signing = createSigningLimits(SIGNING_LIMITS, 1_024);
  for (const { id } of journal.index.landableFrom(0)) signing.remember(id);
  const lastLook = createLastLook({
    control,
    chain,
    caps: {
      wallet: site.wallet,
      tipMax: limits.tipMax,
      feeMax: 50_000n,
      buyMax: limits.buyMax,
    },
    limits: signing,
    baseIsToken0: new Map(markets.map(({ id, pool }) => [id, pool.baseIsToken0])),
  });
  const execute = createPipeline({
    mac,
    seen,
    lastLook,
    limits: signing,
    templates: {
      prepare(wanted, blockhash) {
        permit = wanted;
        return templates.prepare(wanted, blockhash);
      },
    },
    signer,
    journal,
    control,
    chain,
    sender: {
      blockedBy: () => (site.isCongested() ? 'congested' : undefined),
      send: (_route, wire) => socket.send(permit, wire, shared),
    },
    reporter: reports,
    stages: { record: () => undefined, count: () => undefined },
    clock() {
      // Before the look: nothing can guard the moment between the last look and the write itself.
      site.maybeStall(owner);
      return clock();
    },
    nowNs: () => clock().ns,
    superseded: die,
  });
  const readPending = (after: string) => askBus(() => bus.readPending(after));
  await reportEarlierLife({
    readPending: (after) => untilAnswered(() => readPending(after)),
    mac,
    index: journal.index,
    seen,
    reports,
    executorEpoch: control.executorEpoch,
    clock,
  });
  runPermitLoop({
    readNew: () => readBlocking(site, owner),
    readPending,
    leaseHolds: control.leaseHolds,
    // A burst waits for a connection before anything is looked at.
    untilRoom: () =>
      site.isCongested() ? new Promise((resolve) => setTimeout(resolve, 20)) : undefined,
    execute: (entry, readNs) => {
      if (owner.alive) execute(entry, readNs);
    },
    onFault: () => undefined,
    onHang: () => undefined,
  });
  setInterval(() => seen.forgetBefore(sim.monotonicOf(owner)), 1_000);
}
