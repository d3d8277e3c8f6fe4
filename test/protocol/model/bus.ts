import { OvermindError } from '../../../domain/shared/errors.ts';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import type { PermitEntry } from '../../../hotpath/read-permit.ts';

type Id = readonly [number, number];
type Entry = { readonly id: Id; readonly p: string; readonly m: string };
type Group = { last: Id; pending: Entry[] };
type State = { entries: Entry[]; last: Id; group: Group | undefined };

const ZERO: Id = [0, 0];
const BATCH = 16;

/** The permit and report streams as Dragonfly keeps them: it may lose, repeat and roll back all of it. */
export function createBus() {
  let permits: State = { entries: [], last: ZERO, group: undefined };
  let snapshot: State = copyOf(permits);
  let reports: { readonly id: string; readonly report: ExecutionReport }[] = [];
  let waiters: (() => void)[] = [];

  const add = (id: Id, p: string, m: string): void => {
    permits.entries.push({ id, p, m });
    permits.last = id;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  };
  const groupOf = (): Group => (permits.group ??= { last: ZERO, pending: [] });

  return {
    away: false,

    /** `appendOnce`: under the outbox sequence, or just above the last where that was passed. */
    publish(sequence: number, p: string, m: string): void {
      const id: Id = [sequence, 0];
      if (compare(id, permits.last) > 0) return add(id, p, m);
      if (permits.entries.some((entry) => compare(entry.id, id) === 0)) return;
      add([permits.last[0], permits.last[1] + 1], p, m);
    },
    /** Whoever can write to the stream, and has no key. */
    forge(p: string, m: string): void {
      add([permits.last[0], permits.last[1] + 1], p, m);
    },

    readNew(): readonly PermitEntry[] {
      if (!permits.group) {
        groupOf();
        return [];
      }
      const { group } = permits;
      const fresh = permits.entries.filter(({ id }) => compare(id, group.last) > 0).slice(0, BATCH);
      const last = fresh.at(-1);
      if (last) group.last = last.id;
      group.pending.push(...fresh);
      return fresh.map(permitEntry);
    },
    readPending(after: string): readonly PermitEntry[] {
      const from = idOf(after);
      return groupOf()
        .pending.filter(({ id }) => compare(id, from) > 0)
        .slice(0, BATCH)
        .map(permitEntry);
    },
    acknowledge(entryId: string): void {
      const id = idOf(entryId);
      const group = groupOf();
      group.pending = group.pending.filter((entry) => compare(entry.id, id) !== 0);
    },
    /** Called once, at the next entry. */
    onEntry(wake: () => void): void {
      waiters.push(wake);
    },
    get hasNew() {
      const { group } = permits;
      return group !== undefined && permits.entries.some(({ id }) => compare(id, group.last) > 0);
    },

    storeReport(id: string, json: string): void {
      if (reports.some((stored) => stored.id === id)) return;
      reports.push({ id, report: JSON.parse(json) as ExecutionReport });
    },
    takeReport(at: number, keep: boolean): ExecutionReport | undefined {
      const taken = reports[at];
      if (taken && !keep) reports = reports.filter((one) => one !== taken);
      return taken?.report;
    },
    get reportCount() {
      return reports.length;
    },

    remember(): void {
      snapshot = copyOf(permits);
    },
    rollBack(): void {
      permits = copyOf(snapshot);
    },
    wipe(): void {
      permits = { entries: [], last: ZERO, group: undefined };
      snapshot = copyOf(permits);
      reports = [];
    },
    deleteGroup(): void {
      permits.group = undefined;
    },
    /** An entry of before, once more, as a publisher does whose reply was lost. */
    repeat(at: number): void {
      const entry = permits.entries[at % Math.max(1, permits.entries.length)];
      if (entry) add([permits.last[0], permits.last[1] + 1], entry.p, entry.m);
    },
    get size() {
      return permits.entries.length;
    },
  };
}

export type Bus = ReturnType<typeof createBus>;

export const busError = (): Error => new OvermindError('bus/unreachable', { operation: 'model' });

const permitEntry = ({ id, p, m }: Entry): PermitEntry => ({
  entryId: id.join('-'),
  p,
  m,
  t: undefined,
});

function copyOf({ entries, last, group }: State): State {
  return {
    entries: [...entries],
    last,
    group: group && { last: group.last, pending: [...group.pending] },
  };
}

const compare = (a: Id, b: Id): number => a[0] - b[0] || a[1] - b[1];

function idOf(text: string): Id {
  const [a = 0, b = 0] = text.split('-').map(Number);
  return [a, b];
}
