import { decodePermit, encodePermit } from '../../../domain/risk/permit-codec.ts';
import { tokenUnits } from '../../../domain/shared/units.ts';
import { ORIGINS } from './chain.ts';
import type { Life } from './executor.ts';
import type { ActionName } from './swarm.ts';
import type { World } from './world.ts';

/** Everything that can happen next, work and fault alike; which of it does is drawn from the tape. */
export function createActions(world: World): Record<ActionName, () => Promise<void> | void> {
  const { tape, swarm, sim, bus, ledger, truth, chain, worker, hosts, markets } = world;
  const { alive, advance, act, startOn, traderOf } = world;
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

  return {
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
    start: () => startOn(hosts[tape.next(swarm.failOver ? hosts.length : 1)]),
    kill: () => {
      const life = pickLife();
      if (life) life.owner.alive = false;
    },
    losePower: () => {
      const host = hosts[tape.next(hosts.length)];
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
      const host = hosts[tape.next(hosts.length)];
      if (host) host.disk.full = !host.disk.full;
    },
    breakSync: () => {
      const host = hosts[tape.next(hosts.length)];
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
}
