/**
 * One thread, one clock, many processes. The product's own code runs in it, with its promises and
 * timers: a step lets one process do one thing until it waits again, and what it does next is drawn
 * from the tape. `setTimeout`, `Date.now` and `performance.now` are those of the process at work.
 */
export type Owner = {
  readonly name: string;
  alive: boolean;
  paused: boolean;
  /** What its wall clock shows beyond the true time, ms. */
  wallOffsetMs: number;
  /** What its monotonic clock has missed while its machine was suspended, ms. */
  suspendedMs: number;
};

type Timer = {
  readonly owner: Owner;
  readonly work: () => void;
  readonly everyMs: number | undefined;
  dueMs: number;
  ended: boolean;
  unref(): Timer;
};
type Op = { readonly owner: Owner; readonly work: () => void; readonly droppable: boolean };

export type Remote = {
  /** Of the effect on the other side; and of its answer. */
  readonly lost?: { readonly request: boolean; readonly reply: boolean };
  /** What the caller sees when either is lost, or the other side is away. */
  readonly error: () => Error;
  readonly away?: boolean;
};

export type Sim = ReturnType<typeof createSim>;

/** Wall time at the beginning: any will do that is a time. */
const EPOCH_MS = 1_760_000_000_000;

export function createSim(choose: (below: number) => number) {
  let nowMs = 0;
  let current: Owner | undefined;
  let timers: Timer[] = [];
  let ops: Op[] = [];
  /** Answers come one by one, in any order, or at once. */
  let slow = false;

  const at = async (owner: Owner, work: () => void): Promise<void> => {
    current = owner;
    work();
    await settled();
    current = undefined;
  };

  const isReady = ({ owner }: { readonly owner: Owner }): boolean => owner.alive && !owner.paused;

  const post = (owner: Owner, work: () => void, droppable = false): void => {
    ops.push({ owner, work, droppable });
  };

  return {
    get nowMs() {
      return nowMs;
    },
    get wallMs() {
      return EPOCH_MS + nowMs;
    },
    wallOf: (owner: Owner | undefined) => EPOCH_MS + nowMs + (owner?.wallOffsetMs ?? 0),
    monotonicOf: (owner: Owner | undefined) => nowMs - (owner?.suspendedMs ?? 0),
    get current() {
      return current;
    },
    get slow() {
      return slow;
    },
    set slow(value: boolean) {
      slow = value;
    },
    get waiting() {
      return ops.filter(isReady).length;
    },
    at,
    post,

    /** The machine stands still: time passes, and nobody has done anything meanwhile. */
    stall(ms: number): void {
      nowMs += ms;
    },

    setTimer(work: () => void, delayMs: number, everyMs: number | undefined): Timer {
      const owner = current;
      if (!owner) throw new Error('a timer was set by nobody');
      const dueMs = nowMs + Math.max(1, delayMs);
      const timer: Timer = { owner, work, everyMs, dueMs, ended: false, unref: () => timer };
      timers.push(timer);
      return timer;
    },

    /** A call to another machine: its effect happens once, later or at once, or not at all. */
    remote<Result>(owner: Owner, effect: () => Result, fate: Remote): Promise<Result> {
      if (!owner.alive) return new Promise(() => undefined);
      return new Promise((resolve, reject) => {
        const fail = (): void => reject(fate.error());
        const request = (): void => {
          if (fate.away || fate.lost?.request) return answer(fail);
          let result: Result;
          try {
            result = effect();
          } catch (error) {
            return answer(() => reject(error as Error));
          }
          answer(fate.lost?.reply ? fail : () => resolve(result));
        };
        const answer = (work: () => void): void => {
          if (slow) post(owner, work);
          // A dead process hears no answer; what it asked for has happened all the same.
          else if (owner.alive) work();
        };
        if (slow) post(ANYBODY, request);
        else request();
      });
    },

    /** One waiting call or answer, drawn from the tape. False where there is none. */
    async deliverOne(): Promise<boolean> {
      const ready = ops.filter(isReady);
      if (ready.length === 0) return false;
      const chosen = ready[choose(ready.length)];
      if (!chosen) return false;
      ops = ops.filter((op) => op !== chosen && (op.owner.alive || op.owner === ANYBODY));
      await at(chosen.owner, chosen.work);
      return true;
    },

    /** Time passes; whatever falls due is done in its order, by those who are not paused. */
    async advance(ms: number, onMoment: () => void): Promise<void> {
      const endMs = nowMs + ms;
      for (;;) {
        let next: Timer | undefined;
        for (const timer of timers) {
          if (timer.dueMs > endMs || timer.owner.paused) continue;
          if (!next || timer.dueMs < next.dueMs) next = timer;
        }
        if (!next) break;
        if (next.dueMs > nowMs) {
          nowMs = next.dueMs;
          onMoment();
        }
        // The moment may have ended it, or its owner.
        if (!next.ended && next.owner.alive && !next.owner.paused) await this.fire(next);
        else if (!next.owner.alive) next.ended = true;
        timers = timers.filter((timer) => !timer.ended && timer.owner.alive);
      }
      nowMs = endMs;
      onMoment();
    },

    async fire(timer: Timer): Promise<void> {
      if (timer.everyMs === undefined) timer.ended = true;
      else timer.dueMs = nowMs + timer.everyMs;
      await at(timer.owner, timer.work);
    },

    clearTimer(timer: Timer | undefined): void {
      if (timer) timer.ended = true;
      timers = timers.filter(({ ended }) => !ended);
    },
  };
}

/** Whoever has asked: the wire itself. */
const ANYBODY: Owner = {
  name: 'wire',
  alive: true,
  paused: false,
  wallOffsetMs: 0,
  suspendedMs: 0,
};

export const anOwner = (name: string): Owner => ({
  name,
  alive: true,
  paused: false,
  wallOffsetMs: 0,
  suspendedMs: 0,
});

const nextTurn = globalThis.setImmediate;

/** Until every promise that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => nextTurn(resolve));

let active: Sim | undefined;

/** Once in a process: from then on time is what the simulation at work says. */
export function takeTheClock(): void {
  const sim = (): Sim => {
    if (!active) throw new Error('time was asked for outside a simulation');
    return active;
  };
  const set = (work: () => void, ms = 0) => sim().setTimer(work, ms, undefined);
  const every = (work: () => void, ms = 0) => sim().setTimer(work, ms, ms);
  const clear = (timer?: unknown) => sim().clearTimer(timer as Timer | undefined);
  Object.assign(globalThis, {
    setTimeout: set,
    setInterval: every,
    clearTimeout: clear,
    clearInterval: clear,
  });
  const realNow = Date.now.bind(Date);
  Date.now = () => (active ? active.wallOf(active.current) : realNow());
  const realMonotonic = performance.now.bind(performance);
  performance.now = () => (active ? active.monotonicOf(active.current) : realMonotonic());
}

export function simulateWith(sim: Sim | undefined): void {
  active = sim;
}
