import { createRandom, type Random } from '../../../adapters/market-data/random.ts';
import { FAILPOINTS, type Failpoint } from '../../../hotpath/root/failpoints.ts';
import { POWER_LOSSES, type PowerLoss } from './journal-files.ts';

/** Nothing of the permit has left the process: it can only expire. */
export const NOTHING_SENT = [
  ...(['after-read', 'after-verify', 'after-seen', 'after-look'] as const),
  ...(['after-sign', 'after-journal', 'before-send'] as const),
] as const;
/** The permit is pending in the group: the next life finds something to report. */
const LEAVES_PENDING = [
  ...NOTHING_SENT,
  ...(['between-sends', 'after-send', 'before-report', 'after-report'] as const),
] as const;
const LEAVES_NOTHING = ['before-read', 'before-ack', 'after-ack', 'before-renew'] as const;
const AT_START = [
  ...(['before-epoch', 'after-epoch', 'after-epoch-record'] as const),
  ...(['before-pending', 'after-pending', 'during-recovery'] as const),
] as const;

/** Where one life of the executor ends, and what is lost with it. */
export type Crash = {
  readonly point: Failpoint | 'any-moment' | 'while-halted';
  readonly nth: number;
  /**
   * `trading`: it may trade until it dies. `start`: it dies before it is ready. `stop`: it dies of a
   * stop. `lift`: of a resume. `halted`: after it has acknowledged a stop, or found itself halted.
   */
  readonly when: 'trading' | 'start' | 'stop' | 'lift' | 'halted';
  readonly powerLoss: PowerLoss | undefined;
  /** The bus loses everything, as it does without power. */
  readonly wipesBus: boolean;
  /** Of the moments that the plan does not name. */
  readonly afterMs: number;
};

/** Deaths of a round: every point once, and two that have no name. */
export const ROUND = FAILPOINTS.length + 2;

const POWER_LOSS_SHARE = 0.4;
const WIPE_SHARE = 0.4;
const NTH_MAX = 4;
const RENEWALS_MAX = 2;
const AFTER_MS_MAX = 300;

/** Round after round, every point once, in another order each time. */
export function planCrashes(seed: number, count: number): readonly Crash[] {
  const random = createRandom(seed);
  const crashes: Crash[] = [];
  while (crashes.length < count) crashes.push(...planRound(random));
  return crashes.slice(0, count);
}

function planRound(random: Random): readonly Crash[] {
  const chance = (share: number): boolean => random.next() < share;
  const upTo = (most: number): number => 1 + Math.floor(random.next() * most);
  const crash = (point: Crash['point'], when: Crash['when'], nth = 1): Crash => ({
    ...{ point, when, nth, powerLoss: undefined, wipesBus: false },
    afterMs: upTo(AFTER_MS_MAX),
  });
  const withLoss = (one: Crash): Crash => {
    if (!chance(POWER_LOSS_SHARE)) return one;
    const powerLoss = POWER_LOSSES[Math.floor(random.next() * POWER_LOSSES.length)];
    return { ...one, powerLoss, wipesBus: chance(WIPE_SHARE) };
  };
  const starts = shuffled(AT_START, random);
  const pending = shuffled(LEAVES_PENDING, random).map((point) => {
    const death = withLoss(crash(point, 'trading', upTo(NTH_MAX)));
    const start = starts.pop();
    // What was pending on a wiped bus is not there for the next life.
    return start ? [{ ...death, wipesBus: false }, crash(start, 'start')] : [death];
  });
  const others = LEAVES_NOTHING.map((point) => {
    const most = point === 'before-renew' ? RENEWALS_MAX : NTH_MAX;
    return [withLoss(crash(point, 'trading', upTo(most)))];
  });
  const halts = [
    // Unacknowledged and forgotten; stopped again; dying twice of its resume.
    [crash('before-halt', 'stop'), crash('before-resume', 'lift'), crash('after-resume', 'lift')],
    [crash('after-halt', 'stop'), crash('while-halted', 'halted')],
    [withLoss(crash('any-moment', 'trading'))],
  ];
  return shuffled([...pending, ...others, ...halts], random).flat();
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
