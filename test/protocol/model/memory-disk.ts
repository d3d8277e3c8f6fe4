import type { JournalDisk, SegmentFile } from '../../../hotpath/journal-disk.ts';

type Write = { readonly at: number; readonly length: number };
type File = {
  bytes: Buffer;
  /** Written since the last sync: a power loss may take any of them, in any order. */
  unsynced: Write[];
};

export type MemoryDisk = JournalDisk & {
  /** Nothing more can be written: full, or broken. */
  full: boolean;
  /** The next sync fails, and what it should have kept may be gone. */
  failSync: boolean;
  /** Power returns: each write that was not synced is there or not. Answers how many are gone. */
  losePower(isLost: () => boolean): number;
};

/** One host's disk. `later` brings a sync to its end, at a time that the schedule draws. */
export function createMemoryDisk(later: (work: () => void) => void): MemoryDisk {
  const files = new Map<string, File>();
  const disk = { full: false, failSync: false };

  const sync = (file: File, upTo: number): void => {
    if (disk.failSync) throw new Error('EIO: i/o error, fdatasync');
    file.unsynced.splice(0, upTo);
  };

  const open = (file: File): SegmentFile => ({
    write(bytes, length, at) {
      if (disk.full) throw new Error('ENOSPC: no space left on device');
      bytes.copy(file.bytes, at, 0, length);
      file.unsynced.push({ at, length });
      return length;
    },
    sync: () => sync(file, file.unsynced.length),
    syncLater(done) {
      const upTo = file.unsynced.length;
      later(() => {
        try {
          sync(file, upTo);
        } catch (error) {
          return done(error as Error);
        }
        done(null);
      });
    },
    close: () => undefined,
  });

  const find = (name: string): File => {
    const file = files.get(name);
    if (!file) throw new Error(`ENOENT: ${name}`);
    return file;
  };

  return Object.assign(disk, {
    list: () => [...files.keys()],
    read: (name: string) => Buffer.from(find(name).bytes),
    create(name: string, size: number) {
      const file = { bytes: Buffer.alloc(size), unsynced: [] };
      files.set(name, file);
      return open(file);
    },
    open(name: string, end: number) {
      const file = find(name);
      file.bytes.fill(0, end);
      file.unsynced = [];
      return open(file);
    },
    remove: (name: string) => void files.delete(name),
    losePower(isLost: () => boolean): number {
      let lost = 0;
      for (const file of files.values()) {
        for (const { at, length } of file.unsynced) {
          if (!isLost()) continue;
          file.bytes.fill(0, at, at + length);
          lost += 1;
        }
        file.unsynced = [];
      }
      return lost;
    },
  });
}
