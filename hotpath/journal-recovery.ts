import { OvermindError } from '../domain/shared/errors.ts';
import { decodeRecord, HASH_BYTES, MAGIC, type JournalRecord } from './journal-record.ts';

export type RecoveredSegment = {
  readonly records: readonly JournalRecord[];
  /** Where the next record goes; anything after it is a torn tail. */
  readonly end: number;
  readonly lastHash: Buffer;
  readonly torn: boolean;
};

export type SegmentStart = {
  readonly path: string;
  /** Undefined: the first segment that was kept; its first record is the anchor. */
  readonly previousHash: Buffer | undefined;
  readonly previousSequence: number;
};

/**
 * Reads one segment to its last good record. Pages reach a disk out of order, so a hole or a torn
 * record is a legal end, unless a later record proves that it had been durable: then it is damage,
 * and nobody can say what was signed. Throws `journal/corrupt`.
 */
export function recoverSegment(file: Buffer, start: SegmentStart): RecoveredSegment {
  const records: JournalRecord[] = [];
  let lastHash = start.previousHash ?? Buffer.alloc(HASH_BYTES);
  let sequence = start.previousSequence;
  let end = 0;
  for (;;) {
    const read = decodeRecord(file, end);
    if (!read) break;
    const first = records.length === 0 && start.previousHash === undefined;
    if (!first && (!read.previous.equals(lastHash) || read.record.sequence !== sequence + 1)) break;
    records.push(copyOf(read.record));
    lastHash = Buffer.from(read.hash);
    sequence = read.record.sequence;
    end += read.length;
  }
  const later = laterRecords(file, end);
  const proof = later.find(({ durableSequence }) => durableSequence > sequence);
  if (proof) {
    const fault = `record ${sequence + 1} is damaged, although record ${proof.sequence} proves that it was durable`;
    throw new OvermindError('journal/corrupt', { path: start.path, fault });
  }
  const torn = file.subarray(end).some((byte) => byte !== 0);
  return { records, end, lastHash, torn };
}

function laterRecords(file: Buffer, from: number): JournalRecord[] {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  const found: JournalRecord[] = [];
  for (let at = file.indexOf(magic, from); at >= 0; at = file.indexOf(magic, at + 1)) {
    const read = decodeRecord(file, at);
    if (read) found.push(read.record);
  }
  return found;
}

/** The file's buffer is 16 MiB and must not be held by one small record. */
function copyOf(record: JournalRecord): JournalRecord {
  return { ...record, bytes: Uint8Array.from(record.bytes) };
}
