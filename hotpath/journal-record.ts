import { hash } from 'node:crypto';

export type RecordKind = 'signed' | 'void' | 'halt' | 'epoch' | 'mark' | 'resume';

/** One line of the executor's own truth. Heights, epochs and times are safe integers. */
export type JournalRecord = {
  readonly kind: RecordKind;
  /** Rises by one from record to record. */
  readonly sequence: number;
  /** Every record up to this sequence was known to be on the disk when this one was written. */
  readonly durableSequence: number;
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly lastValidHeight: number;
  readonly validUntilMs: number;
  /** Permit id; of a halt or a resume the stop id. */
  readonly id: string;
  /** Signed transaction; of a halt or a resume the reason as text. */
  readonly bytes: Uint8Array;
};

export const MAGIC = 0x314a564f; // "OVJ1" in little endian.
export const HASH_BYTES = 32;
const HEADER_BYTES = 96;
const ID_BYTES_MAX = 512;
const BYTES_MAX = 4_096;
export const RECORD_BYTES_MAX = HEADER_BYTES + ID_BYTES_MAX + BYTES_MAX + HASH_BYTES;
export const RECORD_BYTES_MIN = HEADER_BYTES + HASH_BYTES;

/** Written as their place in this list: a new one goes to its end. */
const KINDS: readonly RecordKind[] = ['signed', 'void', 'halt', 'epoch', 'mark', 'resume'];

/*
 * 0 magic · 4 length · 8 sequence · 16 durable sequence · 24 executor epoch · 32 halt epoch
 * 40 last valid height · 48 valid until · 56 previous hash · 88 kind · 90 id length
 * 92 bytes length · 96 id, bytes, then SHA-256 of all before it: checksum and link of the chain.
 */

/** Writes a record into `into` and returns its length. The last 32 bytes are its hash. */
export function encodeRecord(record: JournalRecord, previous: Buffer, into: Buffer): number {
  const idBytes = Buffer.byteLength(record.id);
  if (idBytes > ID_BYTES_MAX || record.bytes.length > BYTES_MAX) {
    throw new RangeError(`journal record too long: ${idBytes} + ${record.bytes.length} bytes`);
  }
  const length = HEADER_BYTES + idBytes + record.bytes.length + HASH_BYTES;
  into.writeUInt32LE(MAGIC, 0);
  into.writeUInt32LE(length, 4);
  into.writeDoubleLE(record.sequence, 8);
  into.writeDoubleLE(record.durableSequence, 16);
  into.writeDoubleLE(record.executorEpoch, 24);
  into.writeDoubleLE(record.haltEpoch, 32);
  into.writeDoubleLE(record.lastValidHeight, 40);
  into.writeDoubleLE(record.validUntilMs, 48);
  previous.copy(into, 56);
  into.writeUInt16LE(KINDS.indexOf(record.kind), 88);
  into.writeUInt16LE(idBytes, 90);
  into.writeUInt32LE(record.bytes.length, 92);
  into.write(record.id, HEADER_BYTES, 'utf8');
  into.set(record.bytes, HEADER_BYTES + idBytes);
  into.write(hashOf(into.subarray(0, length - HASH_BYTES)), length - HASH_BYTES, 'hex');
  return length;
}

export type ReadRecord = {
  readonly record: JournalRecord;
  readonly length: number;
  readonly previous: Buffer;
  readonly hash: Buffer;
};

/** The record at `offset`, or undefined where there is none whole and unharmed. */
export function decodeRecord(file: Buffer, offset: number): ReadRecord | undefined {
  if (offset + RECORD_BYTES_MIN > file.length || file.readUInt32LE(offset) !== MAGIC) {
    return undefined;
  }
  const length = file.readUInt32LE(offset + 4);
  if (length < RECORD_BYTES_MIN || length > RECORD_BYTES_MAX || offset + length > file.length) {
    return undefined;
  }
  const whole = file.subarray(offset, offset + length);
  const hash = whole.subarray(length - HASH_BYTES);
  if (hashOf(whole.subarray(0, length - HASH_BYTES)) !== hash.toString('hex')) return undefined;
  const kind = KINDS[whole.readUInt16LE(88)];
  const idEnd = HEADER_BYTES + whole.readUInt16LE(90);
  const bytesEnd = idEnd + whole.readUInt32LE(92);
  if (!kind || bytesEnd !== length - HASH_BYTES) return undefined;
  return {
    length,
    hash,
    previous: whole.subarray(56, 88),
    record: {
      kind,
      sequence: whole.readDoubleLE(8),
      durableSequence: whole.readDoubleLE(16),
      executorEpoch: whole.readDoubleLE(24),
      haltEpoch: whole.readDoubleLE(32),
      lastValidHeight: whole.readDoubleLE(40),
      validUntilMs: whole.readDoubleLE(48),
      id: whole.toString('utf8', HEADER_BYTES, idEnd),
      bytes: whole.subarray(idEnd, bytesEnd),
    },
  };
}

/** In hex: the hash's own buffer would cost more than the hashing. */
function hashOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}
