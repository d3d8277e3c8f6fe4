import { createActions } from './actions.ts';
import { simulateWith } from './sim.ts';
import { drawSwarm, pickAction } from './swarm.ts';
import { createTape } from './tape.ts';
import { assertEnd, carryToTheEnd, heal } from './the-end.ts';
import { createWorld } from './world.ts';

export type ScheduleCounts = {
  readonly sends: number;
  readonly landings: number;
  readonly failures: number;
  readonly halts: number;
  readonly resumes: number;
  readonly failOvers: number;
  readonly permits: number;
};

/** One schedule from its tape. Throws `Violation` where an invariant does not hold. */
export async function runSchedule(values: readonly number[]): Promise<ScheduleCounts> {
  const tape = createTape(values);
  const swarm = drawSwarm(tape);
  const world = createWorld(tape, swarm);
  const actions = createActions(world);
  simulateWith(world.sim);
  try {
    await world.begin();
    while (!tape.isOver) {
      await actions[pickAction(tape, swarm)]();
      world.noteFinals();
      world.check();
    }
    await heal(world);
    await carryToTheEnd(world);
    assertEnd(world);
    return { ...world.truth.counts, permits: world.ledger.rows.length };
  } finally {
    simulateWith(undefined);
  }
}
