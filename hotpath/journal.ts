import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { OvermindError } from '../domain/shared/errors.ts';
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
};

const SEGMENT_BYTES = 16 * 1_024 * 1_024;
const SEGMENTS_KEPT = 4;
const SEGMENT_NAME = /^journal-(\d{8})\.log$/;

type Segment = { readonly number: number; readonly file: number; readonly path: string };

/** Opens, verifies and continues the journal; one writer at a time holds the folder by `flock`. */
export function openJournal({ folder, onFault, segmentBytes }: JournalOptions): Journal {
  const size = segmentBytes ?? SEGMENT_BYTES;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const index = createJournalIndex();
  const scratch = Buffer.alloc(RECORD_BYTES_MAX);
  const recovered = recover(folder, size, index);
  const { lastHash } = recovered;
  let { segment, end, sequence } = recovered;
  let durable = sequence;
  let syncing = false;
  let broken = false;
  let closed = false;

  const unwritable = (cause: unknown): OvermindError => {
    broken = true;
    const fault = cause instanceof Error ? cause.message : String(cause);
    return new OvermindError('journal/unwritable', { path: segment.path, fault }, { cause });
  };

  const write = (record: NewRecord): void => {
    if (broken) throw unwritable('an earlier write failed');
    try {
      if (end + RECORD_BYTES_MAX > size) {
        fdatasyncSync(segment.file);
        closeSync(segment.file);
        segment = createSegment(folder, segment.number + 1, size);
        end = 0;
        dropOldSegments(folder);
      }
      const whole = { ...record, sequence: sequence + 1, durableSequence: durable };
      const length = encodeRecord(whole, lastHash, scratch);
      const written = writeSync(segment.file, scratch, 0, length, end);
      if (written !== length) throw new Error(`wrote ${written} of ${length} bytes`);
      scratch.copy(lastHash, 0, length - HASH_BYTES, length);
      end += length;
      sequence += 1;
      index.add(whole);
    } catch (cause) {
      throw unwritable(cause);
    }
  };

  const syncBehind = (): void => {
    if (syncing || broken) return;
    syncing = true;
    const upTo = sequence;
    const of = segment.file;
    fdatasync(of, (cause) => {
      syncing = false;
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
        fdatasyncSync(segment.file);
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
      fdatasyncSync(segment.file);
      closed = true;
      closeSync(segment.file);
    },
  };
}

function recover(folder: string, size: number, index: JournalIndex) {
  const names = segmentNames(folder);
  let sequence = 0;
  let lastHash: Buffer | undefined;
  let end = 0;
  for (const [at, name] of names.entries()) {
    const path = join(folder, name);
    const start = { path, previousHash: lastHash, previousSequence: sequence };
    const read = recoverSegment(readFileSync(path), start);
    if (read.torn && at < names.length - 1) {
      const fault = 'a full segment ends in a damaged record';
      throw new OvermindError('journal/corrupt', { path, fault });
    }
    for (const record of read.records) index.add(record);
    sequence = read.records.at(-1)?.sequence ?? sequence;
    lastHash = read.records.length > 0 ? read.lastHash : lastHash;
    end = read.end;
  }
  const last = names.at(-1);
  const hash = lastHash ?? Buffer.alloc(HASH_BYTES);
  if (!last) return { segment: createSegment(folder, 1, size), end: 0, lastHash: hash, sequence };

  const path = join(folder, last);
  const file = openSync(path, 'r+');
  // Cuts the torn tail, then gives the space back as zeros.
  ftruncateSync(file, end);
  ftruncateSync(file, size);
  fdatasyncSync(file);
  const number = Number(SEGMENT_NAME.exec(last)?.[1]);
  return { segment: { number, file, path }, end, lastHash: hash, sequence };
}

/** Written full of zeros: an append then changes no file size, which halves its cost. */
function createSegment(folder: string, number: number, size: number): Segment {
  const path = join(folder, `journal-${String(number).padStart(8, '0')}.log`);
  const file = openSync(path, 'wx+', 0o600);
  const zeros = Buffer.alloc(1_024 * 1_024);
  for (let at = 0; at < size; at += zeros.length) {
    writeSync(file, zeros, 0, Math.min(zeros.length, size - at), at);
  }
  fdatasyncSync(file);
  const parent = openSync(dirname(path), 'r');
  fdatasyncSync(parent);
  closeSync(parent);
  return { number, file, path };
}

function dropOldSegments(folder: string): void {
  for (const name of segmentNames(folder).slice(0, -SEGMENTS_KEPT)) unlinkSync(join(folder, name));
}

function segmentNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => SEGMENT_NAME.test(name))
    .toSorted();
}
