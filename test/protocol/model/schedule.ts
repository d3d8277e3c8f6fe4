import nacl from 'tweetnacl';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import type { Market } from '../../../domain/market/market.ts';
import { decodePermit, encodePermit } from '../../../domain/risk/permit-codec.ts';
import { tokenUnits } from '../../../domain/shared/units.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { createTrader, type Trader } from './approver.ts';
import { busError, createBus } from './bus.ts';
import { chainError, createChain, ORIGINS, SLOT_MS } from './chain.ts';
import { startLife, type Host, type Life, type Site } from './executor.ts';
import { createLedger, ledgerError } from './ledger.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { anOwner, createSim, simulateWith, type Owner, type Remote, type Sim } from './sim.ts';
import { drawSwarm, pickAction, type ActionName, type Swarm } from './swarm.ts';
import { createTape, type Tape } from './tape.ts';
import { createTruth, Violation } from './truth.ts';
import { BLOCKHASH_LIFE_BLOCKS } from '../../../domain/settlement/proof-of-end.ts';

export type ScheduleCounts = {
  readonly sends: number;
  readonly landings: number;
  readonly failures: number;
  readonly halts: number;
  readonly resumes: number;
  readonly failOvers: number;
  readonly permits: number;
};

// Known to everybody, and worth nothing: the model's own wallet.
const SEED = Buffer.alloc(32, 11);
const signer = createSigner(Buffer.from(nacl.sign.keyPair.fromSeed(SEED).secretKey));
const wallet = encodeBase58(signer.publicKey);
const [sol] = loadMarkets(['SOL-USDC']);
if (!sol) throw new Error('the registry has no SOL-USDC');
/** Three markets of one pool: risk allows one position a market, and more are wanted at once. */
const markets: readonly Market[] = ['SOL-USDC', 'SOM-USDC', 'SON-USDC'].map((id) => ({
  ...sol,
  id,
}));
const compiled = admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets });
const TIP_ACCOUNTS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const mac = createPermitMac(Buffer.alloc(32, 9));
const EXPOSURE_MAX = 450_000_000n;
const LIMITS = { exposureMax: EXPOSURE_MAX, buyMax: 300_000_000n, tipMax: 20_000n };

/** Nothing can still be open so long after the last fault; a permit's life comes on top. */
const QUIET_LIMIT_MS = BLOCKHASH_LIFE_BLOCKS * SLOT_MS * 2 + 30_000;
const HOSTS_MAX = 2;

/** One schedule from its tape. Throws `Violation` where an invariant does not hold. */
export async function runSchedule(values: readonly number[]): Promise<ScheduleCounts> {
  const tape = createTape(values);
  const world = createWorld(tape, drawSwarm(tape));
  simulateWith(world.sim);
  try {
    await world.begin();
    while (!tape.isOver) await world.step();
    await world.heal();
    await world.end();
    return world.counts();
  } finally {
    simulateWith(undefined);
  }
}

function createWorld(tape: Tape, swarm: Swarm) {
  const sim: Sim = createSim((below) => tape.next(below));
  sim.slow = swarm.slow;
  const bus = createBus();
  const ledger = createLedger(() => sim.nowMs);
  const truth = createTruth(ledger, LIMITS);
  let trader: Trader | undefined;
  const chain = createChain({
    sim,
    templates: compiled,
    baseIsToken0: sol?.pool.baseIsToken0 ?? true,
    onIncluded: truth.onIncluded,
  });
  const fateOf = (error: () => Error, isAway: () => boolean) => (): Remote => ({
    error,
    away: isAway(),
    lost: {
      request: swarm.lossOneIn > 0 && tape.chance(swarm.lossOneIn),
      reply: swarm.lossOneIn > 0 && tape.chance(swarm.lossOneIn),
    },
  });
  const busFate = fateOf(busError, () => bus.away);
  const ledgerFate = fateOf(ledgerError, () => ledger.away);
  const chainFate = fateOf(chainError, () => false);

  const site: Site = {
    ...{ sim, bus, ledger, chain, truth, limits: LIMITS, wallet, markets, mac, signer },
    templates: createTemplates({
      templates: compiled,
      tips: tipsByRoute(TIP_ACCOUNTS),
      unitPrice: 50_000n,
    }),
    busFate,
    ledgerFate,
    fateOfBytes: () =>
      swarm.badWires && tape.chance(3) ? (tape.chance(2) ? 'lost' : 'stuck') : 'arrives',
    isCongested: () => swarm.badWires && tape.chance(12),
    maybeStall: () => {
      if (swarm.stalls && tape.chance(25)) sim.stall([5, 300, 2_500, 8_000][tape.next(4)] ?? 0);
    },
  };

  const worker = anOwner('trading');
  const hosts: Host[] = Array.from({ length: HOSTS_MAX }, (_, at) => ({
    name: `host-${at}`,
    disk: createMemoryDisk((work) => {
      const owner = sim.current;
      if (owner) sim.post(owner, work);
    }),
  }));
  let lives: Life[] = [];
  let born = 0;
  let healing = false;

  const alive = (): Life[] => {
    lives = lives.filter(({ owner }) => owner.alive);
    return lives;
  };
  const check = (): void => {
    if (truth.violation) throw truth.violation;
  };
  const moment = (): void => {
    for (const life of alive()) {
      if (!life.owner.paused && !swarm.blind) life.feed();
    }
  };
  const advance = async (ms: number): Promise<void> => {
    await sim.advance(ms, moment);
    check();
  };
  const act = async (owner: Owner, work: () => void): Promise<void> => {
    await sim.at(owner, work);
    check();
  };

  const startOn = async (host: Host | undefined): Promise<void> => {
    // `flock`: one executor a host, also while it is paused.
    if (!host || alive().some((life) => life.host === host)) return;
    const owner = anOwner(`executor-${(born += 1)}`);
    await act(owner, () => {
      let life: Life;
      try {
        life = startLife(site, owner, host);
      } catch (error) {
        owner.alive = false;
        truth.note(new Violation(`(4) a journal cannot be read: ${String(error)}`));
        return;
      }
      lives.push(life);
      life.feed();
    });
  };

  const traderOf = (): Trader => {
    if (!trader) throw new Error('the trading worker has not begun');
    return trader;
  };
  const pickLife = (): Life | undefined => alive()[tape.next(Math.max(1, alive().length))];
  const pickTrade = () => traderOf().trades[tape.next(Math.max(1, traderOf().trades.length))];
  const attemptOf = (signalId: string, leg: 'entry' | 'exit'): number =>
    Math.max(
      0,
      ...ledger.rows
        .filter(({ signal, permit }) => signal.signalId === signalId && permit.leg === leg)
        .map(({ permit }) => permit.attempt),
    );

  /** Everything that could still land, as journals say; QUIESCED once all of it is dead by proof. */
  const callQuiet = (): void => {
    if (!ledger.control.halted || ledger.lease === undefined) return;
    const { lease, control } = ledger;
    const isFenced =
      lease.fencedHaltEpoch >= control.haltEpoch || lease.expiresMs <= sim.nowMs - 10_000;
    const open = ledger.rows.some(ledger.isLive);
    if (!isFenced || open || control.flattenOf !== undefined || alive().length > 1) return;
    if (alive().some(({ control: { halted } }) => !halted)) return;
    truth.onQuiet((signature) => chain.isIncluded(signature));
  };

  const canResume = (): boolean =>
    ledger.control.halted &&
    !ledger.rows.some(ledger.isLive) &&
    alive().length === 1 &&
    alive().every(({ control, owner }) => control.halted && !owner.paused && owner.alive);

  const actions: Record<ActionName, () => Promise<void> | void> = {
    deliver: async () => {
      for (let n = 0; n < 3; n++) await sim.deliverOne();
    },
    wait: () => advance([1, 10, 50, 120][tape.next(4)] ?? 1),
    waitLong: () => advance([300, 1_000, 3_500][tape.next(3)] ?? 300),
    beginTrade: () => act(worker, () => traderOf().beginTrade(tape.next(markets.length))),
    askAgain: () => {
      const trade = pickTrade();
      if (!trade) return;
      const leg = tape.next(2) === 0 ? 'entry' : 'exit';
      const attempt = Math.max(1, attemptOf(trade.signalId, leg) + tape.next(2));
      return act(worker, () => traderOf().ask(trade, leg, attempt));
    },
    exit: () => {
      const open = [...ledger.positions.values()].filter(({ status }) => status !== 'closed');
      const held = open[tape.next(Math.max(1, open.length))];
      const trade = traderOf().trades.find(({ signalId }) => signalId === held?.signalId);
      if (!trade) return;
      const attempt = attemptOf(trade.signalId, 'exit') + 1;
      return act(worker, () => traderOf().ask(trade, 'exit', attempt));
    },
    settle: () => act(worker, () => traderOf().settle()),
    report: () => {
      if (bus.reportCount === 0) return;
      const at = tape.next(swarm.disorder ? bus.reportCount : 1);
      return act(worker, () => traderOf().hearReport(at, swarm.disorder && tape.chance(4)));
    },
    sweep: () => act(worker, () => traderOf().sweep()),
    include: () => {
      if (chain.pendingCount === 0) return;
      chain.includeOne(tape.next(chain.pendingCount), swarm.chainFails && tape.chance(5));
    },
    flush: () => {
      for (const life of alive()) life.flush();
    },
    start: () => startOn(hosts[tape.next(swarm.failOver ? HOSTS_MAX : 1)]),
    kill: () => {
      const life = pickLife();
      if (life) life.owner.alive = false;
    },
    losePower: () => {
      const host = hosts[tape.next(HOSTS_MAX)];
      for (const life of alive()) if (life.host === host) life.owner.alive = false;
      host?.disk.losePower(() => tape.next(2) === 0);
    },
    pause: () => {
      const life = pickLife();
      if (life) life.owner.paused = true;
    },
    unpause: () => {
      for (const { owner } of alive()) owner.paused = false;
    },
    suspend: async () => {
      const life = pickLife();
      // Both clocks of one machine wrong at once: no lease can hold against that.
      if (!life || life.owner.wallOffsetMs !== 0) return;
      life.owner.paused = true;
      const ms = [1_000, 4_000, 20_000][tape.next(3)] ?? 0;
      await advance(ms);
      life.owner.suspendedMs += ms;
      life.owner.paused = false;
    },
    jumpClock: () => {
      const life = pickLife();
      if (!life) return;
      const ms = [-3_600_000, 3_600_000, -2_000, 2_000, 70_000][tape.next(5)] ?? 0;
      // The approver's ends are waited for by its clock: an hour ahead, and they take an hour.
      const isWorker = tape.next(4) === 0;
      const owner = isWorker ? worker : life.owner;
      if (owner.suspendedMs !== 0) return;
      owner.wallOffsetMs = owner.wallOffsetMs === 0 ? (isWorker ? ms % 10_000 : ms) : 0;
    },
    fillDisk: () => {
      const host = hosts[tape.next(HOSTS_MAX)];
      if (host) host.disk.full = !host.disk.full;
    },
    breakSync: () => {
      const host = hosts[tape.next(HOSTS_MAX)];
      if (host) host.disk.failSync = !host.disk.failSync;
    },
    busAway: () => void (bus.away = !bus.away),
    ledgerAway: () => void (ledger.away = !ledger.away),
    rememberBus: () => bus.remember(),
    rollBackBus: () => bus.rollBack(),
    wipeBus: () => bus.wipe(),
    deleteGroup: () => bus.deleteGroup(),
    repeatEntry: () => {
      if (bus.size > 0) bus.repeat(tape.next(bus.size));
    },
    forge: () => {
      const row = ledger.rows[tape.next(Math.max(1, ledger.rows.length))];
      if (!row) return;
      const fields = decodePermit(row.p);
      const richer = encodePermit({ ...fields, amountIn: tokenUnits(fields.amountIn + 1n) });
      const later = encodePermit({ ...fields, validUntilMs: fields.validUntilMs + 60_000 });
      const other = encodePermit({
        ...fields,
        id: `${row.signal.signalId}/${fields.leg}/${fields.attempt + 7}`,
        attempt: fields.attempt + 7,
      });
      bus.forge([richer, later, other][tape.next(3)] ?? richer, row.m);
    },
    stopBySocket: () => {
      const life = pickLife();
      if (!life || life.owner.paused) return;
      truth.counts.halts += 1;
      const stopId = `stop-${tape.next(3)}-${sim.nowMs}`;
      return act(life.owner, () => {
        try {
          life.methods.stop({ stopId, reason: 'model' });
        } catch {
          // The disk: it is halted, and has not said so.
        }
      });
    },
    stopByLedger: () => {
      truth.counts.halts += 1;
      ledger.recordHalt({ stopId: `ledger-${sim.nowMs}`, reason: 'model', haltEpoch: 0 });
      truth.onEpochs();
    },
    flatten: () => {
      const { control } = ledger;
      if (control.halted) control.flattenOf = control.haltEpoch;
    },
    resume: () => {
      if (!canResume()) return;
      const [life] = alive();
      if (!life || life.control.haltEpoch !== ledger.control.haltEpoch) return;
      truth.counts.resumes += 1;
      return act(life.owner, () => {
        ledger.resume();
        truth.onEpochs();
        try {
          life.control.resume('model');
        } catch {
          life.owner.alive = false;
        }
      });
    },
    quiet: callQuiet,
    fork: () => chain.rollBack(),
    dropFromChain: () => {
      if (chain.pendingCount > 0) chain.dropOne(tape.next(chain.pendingCount));
    },
    lieAboutStatus: () => {
      const { lies } = chain;
      lies.forgetful = lies.forgetful === undefined ? ORIGINS[tape.next(2)] : undefined;
    },
    lieAboutHeight: () => {
      const { lies } = chain;
      lies.hasty = lies.hasty === undefined ? ORIGINS[tape.next(2)] : undefined;
    },
    lag: () => {
      const origin = ORIGINS[tape.next(2)];
      if (origin) chain.lies.lag.set(origin, [0, 3, 15, 200][tape.next(4)] ?? 0);
    },
    movePrice: () => chain.movePrice([95n, 99n, 101n, 106n][tape.next(4)] ?? 100n),
  };

  const finals = (): void => {
    for (const one of chain.history) {
      if (chain.height - one.slot >= 8) truth.onFinal(one.signature, one.error);
    }
  };

  return {
    sim,

    async begin(): Promise<void> {
      await act(worker, () => {
        trader = createTrader({
          ...{ sim, bus, ledger, chain, truth, wallet, markets, mac },
          owner: worker,
          lifeMs: swarm.lifeMs,
          exposureMax: EXPOSURE_MAX,
          lives: alive,
          ...{ busFate, ledgerFate, chainFate },
        });
      });
      await startOn(hosts[0]);
      for (let n = 0; n < 4 && sim.slow; n++) await sim.deliverOne();
      await advance(20);
    },

    async step(): Promise<void> {
      await actions[pickAction(tape, swarm)]();
      finals();
      check();
    },

    /** All faults end: from here on everything must come to its end. */
    async heal(): Promise<void> {
      healing = true;
      sim.slow = false;
      Object.assign(bus, { away: false });
      Object.assign(ledger, { away: false });
      chain.lies.lag.clear();
      chain.lies.forgetful = undefined;
      chain.lies.hasty = undefined;
      worker.wallOffsetMs = 0;
      for (const { disk } of hosts) Object.assign(disk, { full: false, failSync: false });
      for (const { owner } of alive()) Object.assign(owner, { paused: false, wallOffsetMs: 0 });
      while (await sim.deliverOne());
      check();
    },

    async end(): Promise<void> {
      const endMs = sim.nowMs + QUIET_LIMIT_MS;
      while (sim.nowMs < endMs) {
        if (alive().length === 0) await startOn(hosts[0]);
        await advance(250);
        while (await sim.deliverOne());
        await actions.flush();
        while (chain.pendingCount > 0) chain.includeOne(0, false);
        finals();
        while (bus.reportCount > 0) await act(worker, () => traderOf().hearReport(0, false));
        await act(worker, () => traderOf().settle());
        await act(worker, () => traderOf().sweep());
        if (!ledger.rows.some(ledger.isLive) && !chain.history.some((one) => !isFinal(one.slot))) {
          break;
        }
      }
      finals();
      assertEnd();
    },

    counts(): ScheduleCounts {
      return { ...truth.counts, permits: ledger.rows.length };
    },
  };

  function isFinal(slot: number): boolean {
    return chain.height - slot >= 8;
  }

  function assertEnd(): void {
    check();
    truth.must(healing, 'the faults were not ended', () => ({}));
    const open = ledger.rows.filter(ledger.isLive);
    truth.must(open.length === 0, 'permits never came to an end', () => ({
      open: open.map(({ permit, status, signature }) => ({ id: permit.id, status, signature })),
    }));
    for (const row of ledger.rows) {
      const signature = truth.landed.get(row.permit.id);
      const { kind } = row.settlement ?? { kind: row.status };
      const isExecuted = kind === 'landed' || kind === 'failed';
      truth.must(
        isExecuted === (signature !== undefined),
        '(10) the ledger says otherwise than the chain',
        () => ({ id: row.permit.id, kind, signature }),
      );
    }
    const sums = (deltas: readonly { readonly asset: string; readonly amount: bigint }[]) => {
      const total = new Map<string, bigint>();
      for (const { asset, amount } of deltas) total.set(asset, (total.get(asset) ?? 0n) + amount);
      return JSON.stringify([...total].map(([asset, amount]) => [asset, String(amount)]).sort());
    };
    const booked = sums([...ledger.booked.values()].flatMap(({ deltas }) => deltas));
    const moved = sums(chain.history.flatMap(({ deltas }) => deltas));
    truth.must(booked === moved, '(10) wallet delta differs from the sum of settlements', () => ({
      booked,
      moved,
    }));
    const reserved = ledger.exposure.reserved;
    truth.must(reserved === 0n, '(7) a reservation was never freed', () => ({ reserved }));
  }
}
