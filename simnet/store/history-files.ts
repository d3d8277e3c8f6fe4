import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import { TRANSACTIONS_MAX, type LandedTransaction } from '../state/history.ts';
import { encodeFrame, readFrames } from './frame.ts';
import { decodeLanded, encodeLanded } from './landed-codec.ts';
import type { HistorySegment, Snapshot } from './snapshot-codec.ts';

const SEGMENT_BYTES = 16 * 1_024 * 1_024;
const NAME = /^history-(\d{8})\.bin$/;

const nameOf = (number: number): string => `history-${String(number).padStart(8, '0')}.bin`;

/**
 * What landed, in files of its own: it does not change any more, so a snapshot only adds what is
 * new to it instead of writing a hundred megabytes each minute.
 */
export function readHistory(folder: string, history: Snapshot['history']): LandedTransaction[] {
  const counted = history.segments.reduce((sum, { count }) => sum + count, 0);
  let before = history.total - counted;
  return history.segments.flatMap(({ number, bytes, count }) => {
    const path = join(folder, nameOf(number));
    const { frames, damage } = readFrames(readWhole(path).subarray(0, bytes), before);
    if (damage !== undefined || frames.length !== count) {
      const fault = damage ?? `holds ${frames.length} transactions, not ${count}`;
      throw new OvermindError('simnet/state-corrupt', { path, fault });
    }
    before += count;
    return frames.map(({ body }) => decodeLanded(body.toString()));
  });
}

/**
 * Adds what landed since, the last of `total`; returns what a snapshot has to name. Where more has
 * landed than the chain remembers, nothing older is worth keeping, either.
 */
export function appendHistory(
  folder: string,
  history: Snapshot['history'],
  { landed, total }: { readonly landed: readonly LandedTransaction[]; readonly total: number },
): Snapshot['history'] {
  if (landed.length === 0) return { total, segments: history.segments };
  const before = total - landed.length;
  const joins = before === history.total;
  const last = history.segments.at(-1);
  const goesOn = joins && last !== undefined && last.bytes < SEGMENT_BYTES;
  const segment = goesOn ? last : { number: (last?.number ?? 0) + 1, bytes: 0, count: 0 };
  const bytes = Buffer.concat(
    landed.map((one, index) => encodeFrame(before + index + 1, encodeLanded(one))),
  );
  const file = openSync(join(folder, nameOf(segment.number)), goesOn ? 'r+' : 'w+', 0o600);
  try {
    ftruncateSync(file, segment.bytes); // A life that was killed here has left more.
    const written = writeSync(file, bytes, 0, bytes.length, segment.bytes);
    if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
  } finally {
    closeSync(file);
  }
  const grown = {
    number: segment.number,
    bytes: segment.bytes + bytes.length,
    count: segment.count + landed.length,
  };
  const earlier = goesOn ? history.segments.slice(0, -1) : history.segments;
  return { total, segments: withoutOld([...(joins ? earlier : []), grown]) };
}

/** Deletes the files that no kept snapshot names. */
export function dropHistoryBefore(folder: string, number: number): void {
  for (const name of readdirSync(folder)) {
    const found = NAME.exec(name);
    if (found && Number(found[1]) < number) unlinkSync(join(folder, name));
  }
}

/** Never fewer transactions than the chain itself remembers. */
function withoutOld(segments: readonly HistorySegment[]): readonly HistorySegment[] {
  const rest = segments.slice(1);
  const kept = rest.reduce((sum, { count }) => sum + count, 0);
  return kept >= TRANSACTIONS_MAX ? withoutOld(rest) : segments;
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw new OvermindError('simnet/state-corrupt', { path, fault }, { cause });
  }
}
