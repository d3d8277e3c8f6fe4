import { join } from 'node:path';
import { OvermindError } from '../domain/shared/errors.ts';
import { openNodeDisk, type JournalDisk, type SegmentFile } from './journal-disk.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import {
  encodeRecord,
  HASH_BYTES,
  RECORD_BYTES_MAX,
  type JournalRecord,
} from './journal-record.ts';
import { recoverSegment } from './journal-recovery.ts';

export type NewRecord = Omit<JournalRecord, 'sequence' | 'durableSequence'>;

export type Journal = {
  /** In the kernel when it returns; on the disk soon after. Throws `journal/unwritable`. */
  append(record: NewRecord): void;
  /** On the disk when it returns, and proven so by a record after it. */
  appendDurable(record: NewRecord): void;
  readonly index: JournalIndex;
  readonly durableSequence: number;
  close(): void;
};

export type JournalOptions = {
  readonly folder: string;
  /** A sync that failed is never tried again: the kernel may have dropped the pages. */
  readonly onFault: (error: OvermindError) => void;
  readonly segmentBytes?: number;
  /** The folder itself, unless given. */
  readonly disk?: JournalDisk;
};

const SEGMENT_BYTES = 16 * 1_024 * 1_024;
const SEGMENTS_KEPT = 4;
const SYNC_GAP_MS = 3;
const SEGMENT_NAME = /^journal-(\d{8})\.log$/;

type Segment = { readonly number: number; readonly name: string; readonly file: SegmentFile };

/** Opens, verifies and continues the journal; one writer at a time holds the folder by `flock`. */
export function openJournal(options: JournalOptions): Journal {
  const { folder, onFault, segmentBytes: size = SEGMENT_BYTES } = options;
  const disk = options.disk ?? openNodeDisk(folder);
  const index = createJournalIndex();
  const scratch = Buffer.alloc(RECORD_BYTES_MAX);
  const recovered = recover({ folder, disk, size, index });
  const { lastHash } = recovered;
  let { segment, end, sequence } = recovered;
  let durable = sequence;
  let syncing = false;
  let lastSyncMs = -Infinity;
  let broken = false;
  let closed = false;

  const unwritable = (cause: unknown): OvermindError => {
    broken = true;
    const fault = cause instanceof Error ? cause.message : String(cause);
    return new OvermindError(
      'journal/unwritable',
      { path: join(folder, segment.name), fault },
      { cause },
    );
  };

  const write = (record: NewRecord): void => {
    if (broken) throw unwritable('an earlier write failed');
    try {
      if (end + RECORD_BYTES_MAX > size) {
        segment.file.sync();
        segment.file.close();
        segment = createSegment(disk, segment.number + 1, size);
        end = 0;
        dropOldSegments(disk);
      }
      const whole = { ...record, sequence: sequence + 1, durableSequence: durable };
      const length = encodeRecord(whole, lastHash, scratch);
      const written = segment.file.write(scratch, length, end);
      if (written !== length) throw new Error(`wrote ${written} of ${length} bytes`);
      scratch.copy(lastHash, 0, length - HASH_BYTES, length);
      end += length;
      sequence += 1;
      index.add(whole);
    } catch (cause) {
      throw unwritable(cause);
    }
  };

  /**
   * Begun after the path, as a microtask: handing it to a thread costs as much as a signature. In a
   * burst not at once after the last one: a write waits for the pages that are on their way.
   */
  const syncBehind = (): void => {
    if (syncing || broken) return;
    syncing = true;
    const waitMs = lastSyncMs + SYNC_GAP_MS - performance.now();
    if (waitMs > 0) setTimeout(syncNow, waitMs);
    else queueMicrotask(syncNow);
  };

  const syncNow = (): void => {
    if (closed) return; // Which has synced everything.
    const upTo = sequence;
    const of = segment.file;
    of.syncLater((cause) => {
      syncing = false;
      lastSyncMs = performance.now();
      // A file that was closed meanwhile, by a new segment or by us, had been synced before.
      if (cause && of === segment.file && !closed) {
        onFault(unwritable(cause));
        return;
      }
      durable = Math.max(durable, upTo);
      if (sequence > upTo) syncBehind();
    });
  };

  return {
    index,
    append(record) {
      write(record);
      syncBehind();
    },
    appendDurable(record) {
      write(record);
      try {
        segment.file.sync();
      } catch (cause) {
        throw unwritable(cause);
      }
      durable = sequence;
      // It names the record before it as durable: damage there is then no torn tail.
      write({ ...record, kind: 'mark', bytes: new Uint8Array(0) });
      syncBehind();
    },
    get durableSequence() {
      return durable;
    },
    close() {
      broken = true;
      segment.file.sync();
      closed = true;
      segment.file.close();
    },
  };
}

type Recovery = {
  readonly folder: string;
  readonly disk: JournalDisk;
  readonly size: number;
  readonly index: JournalIndex;
};

function recover({ folder, disk, size, index }: Recovery) {
  const names = segmentNames(disk);
  let sequence = 0;
  let lastHash: Buffer | undefined;
  let end = 0;
  for (const [at, name] of names.entries()) {
    const path = join(folder, name);
    const start = { path, previousHash: lastHash, previousSequence: sequence };
    const read = recoverSegment(disk.read(name), start);
    if (read.torn && at < names.length - 1) {
      const fault = 'a full segment ends in a damaged record';
      throw new OvermindError('journal/corrupt', { path, fault });
    }
    for (const record of read.records) index.add(record);
    sequence = read.records.at(-1)?.sequence ?? sequence;
    lastHash = read.records.length > 0 ? read.lastHash : lastHash;
    end = read.end;
  }
  const name = names.at(-1);
  const hash = lastHash ?? Buffer.alloc(HASH_BYTES);
  if (!name) return { segment: createSegment(disk, 1, size), end: 0, lastHash: hash, sequence };

  const number = Number(SEGMENT_NAME.exec(name)?.[1]);
  const segment = { number, name, file: disk.open(name, end, size) };
  return { segment, end, lastHash: hash, sequence };
}

function createSegment(disk: JournalDisk, number: number, size: number): Segment {
  const name = `journal-${String(number).padStart(8, '0')}.log`;
  return { number, name, file: disk.create(name, size) };
}

function dropOldSegments(disk: JournalDisk): void {
  for (const name of segmentNames(disk).slice(0, -SEGMENTS_KEPT)) disk.remove(name);
}

function segmentNames(disk: JournalDisk): string[] {
  return disk
    .list()
    .filter((name) => SEGMENT_NAME.test(name))
    .toSorted();
}
