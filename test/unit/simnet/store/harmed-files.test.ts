import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findState } from '../../../../simnet/store/find-state.ts';
import { encodeEntry } from '../../../../simnet/store/log-codec.ts';
import { aKey, createLives, filesOf, seen, type Lives } from './life.ts';

/** A whole folder is read for each byte of a log. */
const MANY_READS_LIMIT_MS = 120_000;

let lives: Lives;

beforeEach(() => {
  lives = createLives();
});
afterEach(() => lives.end());

const newestLog = (folder: string): string => filesOf(folder, 'log').at(-1) ?? '';
const entriesIn = (folder: string): readonly string[] =>
  (findState(folder)?.entries ?? []).map(encodeEntry);

describe('what a kill leaves of the last records', () => {
  it(
    'is cut at any byte to the last whole record, and nothing before it is lost',
    () => {
      const { chain } = lives.open('a');
      lives.live(chain, 1);
      const folder = lives.killed('a', 'b');
      const path = newestLog(folder);
      const whole = readFileSync(path);
      const entries = entriesIn(folder);
      // The ends of the records, found by the only other thing that knows them: the reader, cut short.
      const ends: number[] = [];
      for (let cut = 0; cut <= whole.length; cut += 1) {
        writeFileSync(path, whole.subarray(0, cut));
        const found = findState(folder)!;
        const kept = statSync(path).size;
        expect(found.tornBytes).toBe(cut - kept);
        expect(found.entries.map(encodeEntry)).toEqual(entries.slice(0, found.entries.length));
        if (found.tornBytes === 0) ends.push(cut);
        expect(found.entries).toHaveLength(ends.length - 1);
        writeFileSync(path, whole);
      }
      expect(ends.at(-1)).toBe(whole.length);
      expect(ends).toHaveLength(entries.length + 1);
    },
    MANY_READS_LIMIT_MS,
  );

  it('leads to the state before the torn record, and the log goes on behind it', () => {
    const { chain } = lives.open('a');
    lives.live(chain, 6);
    const before = seen(chain);
    const size = statSync(newestLog(lives.folder('a'))).size;
    chain.openSlot({ kind: 'airdrop', to: aKey(), lamports: 1_000_000n });
    const end = statSync(newestLog(lives.folder('a'))).size;
    for (const cut of [size + 1, Math.floor((size + end) / 2), end - 1]) {
      const folder = lives.killed('a', `cut-${cut}`);
      truncateSync(newestLog(folder), cut);
      const again = lives.open(`cut-${cut}`);
      expect(again.resumed?.tornBytes).toBe(cut - size);
      expect(seen(again.chain)).toEqual(before);
      again.chain.openSlot({ kind: 'airdrop', to: aKey(), lamports: 2_000_000n });
      const later = seen(again.chain);
      lives.killed(`cut-${cut}`, `later-${cut}`);
      expect(seen(lives.open(`later-${cut}`).chain)).toEqual(later);
    }
  });

  it(
    'is refused or cut when a bit has flipped, and never silently another chain',
    () => {
      const { chain } = lives.open('a');
      lives.live(chain, 1);
      const folder = lives.killed('a', 'b');
      const path = newestLog(folder);
      const whole = readFileSync(path);
      const entries = entriesIn(folder);
      const outcomes = { refused: 0, cut: 0 };
      for (let at = 0; at < whole.length; at += 1) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(path, flipped);
        try {
          const found = findState(folder)!;
          expect(found.entries.map(encodeEntry)).toEqual(entries.slice(0, -1)); // Only the last may pass for torn.
          outcomes.cut += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: 'simnet/state-corrupt' });
          outcomes.refused += 1;
        }
      }
      expect(outcomes.refused).toBeGreaterThan(outcomes.cut);
      expect(outcomes.cut).toBeGreaterThan(0);
    },
    MANY_READS_LIMIT_MS,
  );
});

describe('harm to the other files', () => {
  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);
  };

  it('falls back on the older snapshot, and comes to the same chain by its log', () => {
    const first = lives.open('a');
    const { chain } = first;
    lives.live(chain, 10);
    lives.letSnapshotBeTaken(first);
    lives.live(chain, 4);
    const before = seen(chain);
    const folder = lives.killed('a', 'b');
    const newest = filesOf(folder, 'snapshot').at(-1)!;
    flip(newest, Math.floor(statSync(newest).size / 2));
    const again = lives.open('b');
    expect(again.resumed).toMatchObject({ fellBack: true });
    expect(seen(again.chain)).toEqual(before);
  });

  it('refuses to start without one whole snapshot', () => {
    lives.live(lives.open('a').chain, 3);
    const folder = lives.killed('a', 'b');
    for (const path of filesOf(folder, 'snapshot')) flip(path, 200);
    expect(() => lives.open('b')).toThrow(/no snapshot is whole/);
    for (const path of filesOf(folder, 'snapshot')) unlinkSync(path);
    expect(() => lives.open('b')).toThrow(/there is a log, but no snapshot/);
  });

  it('refuses a hole between logs', () => {
    const first = lives.open('a');
    const { chain } = first;
    lives.live(chain, 3);
    lives.letSnapshotBeTaken(first);
    lives.live(chain, 3);
    const folder = lives.killed('a', 'b');
    const newest = filesOf(folder, 'snapshot').at(-1)!;
    flip(newest, 100);
    unlinkSync(filesOf(folder, 'log')[0]!);
    expect(() => lives.open('b')).toThrow(/is missing/);
  });

  it('refuses a harmed history, and cuts what a kill left behind it', () => {
    const first = lives.open('a');
    const { chain } = first;
    lives.live(chain, 8);
    lives.letSnapshotBeTaken(first);
    const before = seen(chain);
    const torn = filesOf(lives.killed('a', 'b'), 'history')[0]!;
    writeFileSync(torn, Buffer.concat([readFileSync(torn), randomBytes(77)]));
    const again = lives.open('b');
    expect(seen(again.chain)).toEqual(before);
    lives.live(again.chain, 3);
    const later = seen(again.chain);
    lives.letSnapshotBeTaken(again);
    lives.killed('b', 'c');
    expect(seen(lives.open('c').chain)).toEqual(later);
    flip(filesOf(lives.killed('a', 'd'), 'history')[0]!, 60);
    expect(() => lives.open('d')).toThrow(/simnet\/state-corrupt/);
  });
});

describe('a folder', () => {
  it('belongs to one process at a time', () => {
    const first = lives.open('a');
    expect(() => lives.open('a')).toThrow(/simnet\/state-foreign.*holds it/);
    lives.close(first);
    expect(lives.open('a').resumed).toBeDefined();
  });

  it('is taken from a process that is gone, also when its number was given away', () => {
    lives.close(lives.open('a'));
    for (const stale of ['999999999 17', `${process.pid} 1`]) {
      writeFileSync(join(lives.folder('a'), 'simnet.lock'), stale);
      const next = lives.open('a');
      expect(next.resumed).toBeDefined();
      lives.close(next);
    }
  });

  it('is for the programs it was begun with', () => {
    const id = aKey();
    // Not loadable code is fine: the folder is refused before anything is loaded.
    lives.close(lives.open('a'));
    const other = new Map([[id, randomBytes(64)]]);
    expect(() => lives.open('a', other)).toThrow(/state-foreign.*was not loaded/);
  });
});
