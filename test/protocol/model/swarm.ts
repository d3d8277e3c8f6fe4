import type { Tape } from './tape.ts';

export type ActionName =
  | ('deliver' | 'wait' | 'waitLong' | 'beginTrade' | 'askAgain' | 'exit' | 'settle' | 'report')
  | ('sweep' | 'include' | 'flush' | 'start' | 'kill' | 'losePower' | 'pause' | 'unpause')
  | ('suspend' | 'jumpClock' | 'fillDisk' | 'breakSync' | 'busAway' | 'ledgerAway')
  | ('rememberBus' | 'rollBackBus' | 'wipeBus' | 'deleteGroup' | 'repeatEntry' | 'forge')
  | ('stopBySocket' | 'stopByLedger' | 'flatten' | 'resume' | 'quiet' | 'fork')
  | ('dropFromChain' | 'lieAboutStatus' | 'lieAboutHeight' | 'lag' | 'movePrice');

/** What one schedule is made of. */
export type Swarm = {
  readonly actions: readonly ActionName[];
  /** Every call and answer is a step of its own. */
  readonly slow: boolean;
  /** Of each call's request and reply; 0: none. */
  readonly lossOneIn: number;
  readonly badWires: boolean;
  readonly stalls: boolean;
  readonly failOver: boolean;
  readonly disorder: boolean;
  readonly chainFails: boolean;
  /** The feeder has ended: what is known of the chain grows old. */
  readonly blind: boolean;
  /** Of a permit: a short one hides what a lease guards, so both are tried. */
  readonly lifeMs: number;
};

/** What makes trades happen, in every schedule: without it nothing is at stake. */
const WORK: readonly (readonly [ActionName, number])[] = [
  ['wait', 5],
  ['beginTrade', 5],
  ['include', 5],
  ['settle', 4],
  ['report', 4],
  ['exit', 4],
  ['askAgain', 2],
  ['start', 2],
  ['waitLong', 1],
  ['sweep', 1],
];

/** Kinds of fault: a schedule has some of them, and these often. */
const FAULTS: readonly (readonly ActionName[])[] = [
  ['kill', 'start', 'start'],
  ['losePower', 'start', 'start'],
  ['pause', 'unpause', 'start', 'waitLong'],
  ['suspend'],
  ['jumpClock', 'waitLong'],
  ['fillDisk', 'kill'],
  ['breakSync', 'kill'],
  ['busAway', 'sweep'],
  ['ledgerAway', 'waitLong'],
  ['rememberBus', 'rollBackBus'],
  ['wipeBus', 'sweep'],
  ['deleteGroup'],
  ['repeatEntry', 'repeatEntry'],
  ['forge'],
  ['stopBySocket', 'quiet', 'resume', 'flatten'],
  ['stopByLedger', 'quiet', 'resume', 'flatten', 'waitLong'],
  ['fork', 'include'],
  ['dropFromChain', 'waitLong'],
  ['lieAboutStatus', 'waitLong'],
  ['lieAboutHeight', 'waitLong'],
  ['lag', 'waitLong'],
  ['movePrice'],
  ['askAgain', 'askAgain'],
];
const KINDS_MAX = 5;
const LIVES_MS = [400, 2_000, 2_000, 8_000];

/**
 * Chooses the kinds of one schedule. All kinds at once, evenly, would leave hardly a trade alive:
 * swarms of few kinds find far more.
 */
export function drawSwarm(tape: Tape): Swarm {
  const kinds = tape.next(KINDS_MAX + 1);
  const faults = Array.from({ length: kinds }, () => FAULTS[tape.next(FAULTS.length)] ?? []);
  const slow = tape.next(3) === 0;
  const actions = [
    ...WORK.flatMap(([name, weight]) => Array<ActionName>(weight).fill(name)),
    ...faults.flatMap((names) => [...names, ...names]),
    ...(slow ? Array<ActionName>(14).fill('deliver') : []),
  ];
  const badWires = tape.next(4) === 0;
  return {
    actions: badWires ? [...actions, 'flush', 'flush'] : actions,
    slow,
    lossOneIn: [0, 0, 40, 12][tape.next(4)] ?? 0,
    badWires,
    stalls: tape.next(4) === 0,
    failOver: tape.next(3) === 0,
    disorder: tape.next(3) === 0,
    chainFails: tape.next(4) === 0,
    blind: tape.next(40) === 0,
    lifeMs: LIVES_MS[tape.next(LIVES_MS.length)] ?? 2_000,
  };
}

export const pickAction = (tape: Tape, { actions }: Swarm): ActionName =>
  actions[tape.next(actions.length)] ?? 'wait';
