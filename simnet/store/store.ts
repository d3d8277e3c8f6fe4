import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Chain } from '../chain.ts';
import type { LogEntry } from '../state/chain-state.ts';
import { findState, generationsIn, logName, snapshotName, type FoundState } from './find-state.ts';
import { lockFolder } from './folder-lock.ts';
import { encodeFrame } from './frame.ts';
import { appendHistory, dropHistoryBefore } from './history-files.ts';
import { encodeEntry } from './log-codec.ts';
import { encodeSnapshot, type Snapshot } from './snapshot-codec.ts';

const SNAPSHOT_EVERY_MS = 60_000;
const LOG_BYTES_MAX = 16 * 1_024 * 1_024;
/** The newest one, and one to fall back on. */
const GENERATIONS_KEPT = 2;

export type StoreOptions = {
  readonly folder: string;
  /** Program id → SHA-256 of its binary. */
  readonly programs: Readonly<Record<string, string>>;
  readonly nowMs: () => number;
};

export type Store = ReturnType<typeof openStore>;

/**
 * A chain's log and snapshots. An entry is in the kernel when `append` returns and so outlives the
 * process, which is the threat here: nothing is synced to the disk, and a power cut may lose the
 * newest seconds of paper money.
 */
export function openStore({ folder, programs, nowMs }: StoreOptions) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  const found = findOrRelease(folder, programs, unlock);
  let history: Snapshot['history'] = found?.snapshot.history ?? { total: 0, segments: [] };
  let sequence = found?.sequence ?? 0;
  let number = found?.number ?? 0;
  let log = found ? openSync(join(folder, logName(number)), 'a', 0o600) : undefined;
  let logBytes = log === undefined ? 0 : fstatSync(log).size;
  let snapshotAtMs = nowMs();

  const guarded = (path: string, write: () => void): void => {
    try {
      write();
    } catch (cause) {
      // Whoever gets this must end: the chain in memory and the one on disk may differ now.
      const fault = cause instanceof Error ? cause.message : String(cause);
      throw new OvermindError('simnet/state-unwritable', { path, fault }, { cause });
    }
  };

  const append = (entry: LogEntry): void => {
    guarded(join(folder, logName(number)), () => {
      if (log === undefined) throw new Error('no snapshot has been taken');
      const frame = encodeFrame(sequence + 1, encodeEntry(entry));
      const written = writeSync(log, frame);
      if (written !== frame.length) throw new Error(`wrote ${written} of ${frame.length} bytes`);
      sequence += 1;
      logBytes += frame.length;
    });
  };

  /** False: the current slot may still be orphaned, so this is no moment for it. */
  const takeSnapshot = (chain: Pick<Chain, 'state' | 'history'>): boolean => {
    const state = chain.state();
    if (!state) return false;
    const next = number + 1;
    const path = join(folder, snapshotName(next));
    guarded(path, () => {
      const total = chain.history.total();
      const landed = chain.history.newest(total - history.total);
      const firstBefore = history.segments[0]?.number ?? 0;
      history = appendHistory(folder, history, { landed, total });
      const text = encodeSnapshot({ state, programs, history });
      // Beside it first: a half-written snapshot never has its name.
      writeFileSync(`${path}.new`, encodeFrame(sequence, text), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      if (log !== undefined) closeSync(log);
      log = openSync(join(folder, logName(next)), 'wx', 0o600);
      number = next;
      logBytes = 0;
      snapshotAtMs = nowMs();
      dropGenerations(folder, next - GENERATIONS_KEPT);
      dropHistoryBefore(folder, firstBefore);
    });
    return true;
  };

  return {
    found,
    append,
    takeSnapshot,
    /** After each slot: a new snapshot when the log is old or long enough. */
    keepUp(chain: Pick<Chain, 'state' | 'history'>): void {
      if (nowMs() - snapshotAtMs >= SNAPSHOT_EVERY_MS || logBytes >= LOG_BYTES_MAX) {
        takeSnapshot(chain);
      }
    },
    close(): void {
      if (log !== undefined) closeSync(log);
      log = undefined;
      unlock();
    },
  };
}

/** A folder that cannot be used is not held, either. */
function findOrRelease(
  folder: string,
  programs: StoreOptions['programs'],
  unlock: () => void,
): FoundState | undefined {
  try {
    const found = findState(folder);
    if (found) refuseOtherPrograms(folder, found, programs);
    return found;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Another program would have led, and would lead, to another chain. */
function refuseOtherPrograms(
  folder: string,
  { snapshot }: FoundState,
  programs: Readonly<Record<string, string>>,
): void {
  const ids = new Set([...Object.keys(snapshot.programs), ...Object.keys(programs)]);
  for (const id of ids) {
    const then = snapshot.programs[id];
    const now = programs[id];
    if (then === now) continue;
    const fault = `program ${id} was ${then ?? 'not loaded'}, is ${now ?? 'not loaded'}`;
    throw new OvermindError('simnet/state-foreign', { path: folder, fault });
  }
}

function dropGenerations(folder: string, upTo: number): void {
  const { snapshots, logs } = generationsIn(folder);
  for (const old of snapshots) if (old <= upTo) unlinkSync(join(folder, snapshotName(old)));
  for (const old of logs) if (old <= upTo) unlinkSync(join(folder, logName(old)));
}
