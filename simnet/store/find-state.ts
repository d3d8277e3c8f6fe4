import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { LogEntry } from '../state/chain-state.ts';
import { readFrames } from './frame.ts';
import { decodeEntry } from './log-codec.ts';
import { decodeSnapshot, type Snapshot } from './snapshot-codec.ts';

export type FoundState = {
  readonly snapshot: Snapshot;
  /** What was recorded after it, in order. */
  readonly entries: readonly LogEntry[];
  readonly sequence: number;
  /** Of the newest generation in the folder. */
  readonly number: number;
  /** Bytes of a record that was being written when the process died; it was never answered. */
  readonly tornBytes: number;
  /** The newest snapshot is harmed, and an older one with its log took its place. */
  readonly fellBack: boolean;
};

/** Generation n is a snapshot and the log of what came after it. */
const SNAPSHOT_NAME = /^snapshot-(\d{8})\.bin$/;
const LOG_NAME = /^log-(\d{8})\.bin$/;

const padded = (number: number): string => String(number).padStart(8, '0');
export const snapshotName = (number: number): string => `snapshot-${padded(number)}.bin`;
export const logName = (number: number): string => `log-${padded(number)}.bin`;

export function generationsIn(folder: string): { snapshots: number[]; logs: number[] } {
  const names = readdirSync(folder);
  const numbersOf = (pattern: RegExp): number[] =>
    names
      .flatMap((name) => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  return { snapshots: numbersOf(SNAPSHOT_NAME), logs: numbersOf(LOG_NAME) };
}

/** What an earlier life left. Cuts a torn tail; throws `simnet/state-corrupt` for anything worse. */
export function findState(folder: string): FoundState | undefined {
  const { snapshots, logs } = generationsIn(folder);
  const newest = snapshots.at(-1);
  if (newest === undefined) {
    if (logs.length === 0) return undefined;
    throw corrupt(folder, 'there is a log, but no snapshot');
  }
  const chosen = snapshots.findLast((number) => readSnapshot(folder, number) !== undefined);
  const read = chosen === undefined ? undefined : readSnapshot(folder, chosen);
  if (chosen === undefined || !read) throw corrupt(folder, 'no snapshot is whole');

  const lastLog = Math.max(newest, logs.at(-1) ?? 0);
  const entries: LogEntry[] = [];
  let { sequence } = read;
  let tornBytes = 0;
  for (let number = chosen; number <= lastLog; number += 1) {
    const path = join(folder, logName(number));
    if (!existsSync(path)) {
      // Only the newest one may be missing: killed after its snapshot, before it was made.
      if (number < lastLog) throw corrupt(path, 'is missing');
      break;
    }
    const file = readFileSync(path);
    const { frames, end, damage } = readFrames(file, sequence);
    if (damage !== undefined) throw corrupt(path, damage);
    if (end < file.length) {
      if (number < lastLog)
        throw corrupt(path, 'ends in a torn record, although a later log exists');
      tornBytes = file.length - end;
      truncateSync(path, end);
    }
    for (const { body } of frames) entries.push(decodeEntry(body.toString()));
    sequence += frames.length;
  }
  const { snapshot } = read;
  return { snapshot, entries, sequence, number: lastLog, tornBytes, fellBack: chosen !== newest };
}

function readSnapshot(
  folder: string,
  number: number,
): { snapshot: Snapshot; sequence: number } | undefined {
  const file = readFileSync(join(folder, snapshotName(number)));
  // A snapshot is one frame, with the sequence of the last entry that is in it.
  const sequence = file.length < 16 ? Number.NaN : file.readDoubleLE(8);
  const { frames, end } = readFrames(file, sequence - 1);
  const [frame] = frames;
  if (!frame || frames.length !== 1 || end !== file.length) return undefined;
  return { snapshot: decodeSnapshot(frame.body.toString()), sequence };
}

const corrupt = (path: string, fault: string) =>
  new OvermindError('simnet/state-corrupt', { path, fault });
