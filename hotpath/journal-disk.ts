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
import { join } from 'node:path';

/** One segment, open for writing. Synchronous but for `syncLater`, which must not stall the thread. */
export type SegmentFile = {
  /** How many bytes reached the kernel. */
  write(bytes: Buffer, length: number, at: number): number;
  sync(): void;
  syncLater(done: (error: Error | null) => void): void;
  close(): void;
};

/** What the journal asks of a folder of segments. */
export type JournalDisk = {
  /** Names of everything in the folder, which is made where it is missing. */
  list(): readonly string[];
  read(name: string): Buffer;
  /** A new file full of zeros, durable with its name. */
  create(name: string, size: number): SegmentFile;
  /** Cuts what is behind `end` and gives the space back as zeros, durably. */
  open(name: string, end: number, size: number): SegmentFile;
  remove(name: string): void;
};

export function openNodeDisk(folder: string): JournalDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    list: () => readdirSync(folder),
    read: (name) => readFileSync(join(folder, name)),
    create(name, size) {
      const file = openSync(join(folder, name), 'wx+', 0o600);
      // Written and not only stretched: an append then changes no file size, which halves its cost.
      const zeros = Buffer.alloc(1_024 * 1_024);
      for (let at = 0; at < size; at += zeros.length) {
        writeSync(file, zeros, 0, Math.min(zeros.length, size - at), at);
      }
      fdatasyncSync(file);
      const parent = openSync(folder, 'r');
      fdatasyncSync(parent);
      closeSync(parent);
      return segmentFile(file);
    },
    open(name, end, size) {
      const file = openSync(join(folder, name), 'r+');
      ftruncateSync(file, end);
      ftruncateSync(file, size);
      fdatasyncSync(file);
      return segmentFile(file);
    },
    remove: (name) => unlinkSync(join(folder, name)),
  };
}

function segmentFile(file: number): SegmentFile {
  return {
    write: (bytes, length, at) => writeSync(file, bytes, 0, length, at),
    sync: () => fdatasyncSync(file),
    syncLater: (done) => fdatasync(file, done),
    close: () => closeSync(file),
  };
}
