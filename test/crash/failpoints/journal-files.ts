import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../adapters/market-data/random.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { MESSAGE_OFFSET, SIGNATURE_OFFSET } from '../../../domain/execution/swap-template.ts';
import { decodeRecord, type JournalRecord } from '../../../hotpath/journal-record.ts';

export type FiledRecord = {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly record: JournalRecord;
};

/** What a dead executor's journal says, read apart from the code that recovers it. */
export function readJournal(folder: string): readonly FiledRecord[] {
  const filed: FiledRecord[] = [];
  for (const name of readdirSync(folder).toSorted()) {
    const path = join(folder, name);
    const file = readFileSync(path);
    for (let offset = 0; ;) {
      const read = decodeRecord(file, offset);
      if (!read) break;
      const { length, record } = read;
      // The file's buffer is 16 MiB and must not be held by one small record.
      filed.push({ path, offset, length, record: { ...record, bytes: record.bytes.slice() } });
      offset += length;
    }
  }
  return filed;
}

export const signatureOf = ({ bytes }: JournalRecord): string =>
  encodeBase58(bytes.subarray(SIGNATURE_OFFSET, MESSAGE_OFFSET));

/** What becomes of pages that were not on the disk yet. */
export const POWER_LOSSES = ['tail', 'holes', 'torn'] as const;
export type PowerLoss = (typeof POWER_LOSSES)[number];

/**
 * Takes from the files what a power loss may take: at worst every record after the last one that
 * the journal itself knows to be on the disk, all of them, any of them, or half of one. Answers
 * with the signatures that are not in the journal any more.
 */
export function losePower(folder: string, how: PowerLoss, random: Random): readonly string[] {
  const filed = readJournal(folder);
  const durable = Math.max(0, ...filed.map(({ record }) => record.durableSequence));
  const unsynced = filed.filter(({ record }) => record.sequence > durable);
  const from = Math.floor(random.next() * unsynced.length);
  const harmed = unsynced.filter((_, at) => {
    if (how === 'tail') return at >= from;
    return at === from || (how === 'holes' && random.next() < 0.5);
  });
  for (const { path, offset, length } of harmed) {
    const kept = how === 'torn' ? Math.floor(random.next() * length) : 0;
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(length - kept), 0, length - kept, offset + kept);
    closeSync(file);
  }
  const left = new Set(readJournal(folder).map(({ record }) => record.sequence));
  return filed
    .filter(({ record }) => record.kind === 'signed' && !left.has(record.sequence))
    .map(({ record }) => signatureOf(record));
}

/** Signatures that came after a halt and before the resume from it: there must be none. */
export function signedWhileHalted(filed: readonly FiledRecord[]): readonly string[] {
  let halted = false;
  const signed: string[] = [];
  for (const { record } of filed) {
    if (record.kind === 'halt') halted = true;
    if (record.kind === 'resume') halted = false;
    if (halted && record.kind === 'signed') signed.push(record.id);
  }
  return signed;
}
