import { BLOCKHASH_LIFE_BLOCKS } from '../../../domain/settlement/proof-of-end.ts';
import type { AssetDelta } from '../../../domain/settlement/settlement.ts';
import { SLOT_MS } from './chain.ts';
import type { World } from './world.ts';

/** Nothing can still be open so long after the last fault; a permit's life comes on top. */
const QUIET_LIMIT_MS = BLOCKHASH_LIFE_BLOCKS * SLOT_MS * 2 + 30_000;
const LOOK_EVERY_MS = 250;

/** All faults end: from here on everything must come to its end. */
export async function heal({ sim, bus, ledger, chain, worker, hosts, ...world }: World) {
  sim.slow = false;
  Object.assign(bus, { away: false });
  Object.assign(ledger, { away: false });
  chain.lies.lag.clear();
  chain.lies.forgetful = undefined;
  chain.lies.hasty = undefined;
  worker.wallOffsetMs = 0;
  for (const { disk } of hosts) Object.assign(disk, { full: false, failSync: false });
  for (const { owner } of world.alive()) Object.assign(owner, { paused: false, wallOffsetMs: 0 });
  while (await sim.deliverOne());
  world.check();
}

/** Until every permit has its proven end, or the time for it is over. */
export async function carryToTheEnd(world: World): Promise<void> {
  const { sim, bus, ledger, chain, worker, hosts, act, traderOf } = world;
  const endMs = sim.nowMs + QUIET_LIMIT_MS;
  while (sim.nowMs < endMs) {
    if (world.alive().length === 0) await world.startOn(hosts[0]);
    await world.advance(LOOK_EVERY_MS);
    while (await sim.deliverOne());
    for (const life of world.alive()) life.flush();
    while (chain.pendingCount > 0) chain.includeOne(0, false);
    world.noteFinals();
    while (bus.reportCount > 0) await act(worker, () => traderOf().hearReport(0, false));
    await act(worker, () => traderOf().settle());
    await act(worker, () => traderOf().sweep());
    const isOpen = ledger.rows.some(ledger.isLive);
    if (!isOpen && chain.history.every(({ slot }) => chain.isFinal(slot))) break;
  }
  world.noteFinals();
}

export function assertEnd({ ledger, truth, chain, check }: World): void {
  check();
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
  const booked = sumsOf([...ledger.booked.values()].flatMap(({ deltas }) => deltas));
  const moved = sumsOf(chain.history.flatMap(({ deltas }) => deltas));
  truth.must(booked === moved, '(10) wallet delta differs from the sum of settlements', () => ({
    booked,
    moved,
  }));
  const { reserved } = ledger.exposure;
  truth.must(reserved === 0n, '(7) a reservation was never freed', () => ({ reserved }));
}

function sumsOf(deltas: readonly AssetDelta[]): string {
  const total = new Map<string, bigint>();
  for (const { asset, amount } of deltas) total.set(asset, (total.get(asset) ?? 0n) + amount);
  const lines = [...total].map(([asset, amount]) => `${asset} ${amount}`);
  return lines.toSorted((a, b) => a.localeCompare(b)).join(', ');
}
