import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal, type Journal, type NewRecord } from '../../../hotpath/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SEGMENT_BYTES = 64 * 1_024;
const open = (segmentBytes = SEGMENT_BYTES): Journal =>
  openJournal({
    folder,
    segmentBytes,
    onFault(error) {
      throw error;
    },
  });

const signed = (id: string, over: Partial<NewRecord> = {}): NewRecord => ({
  kind: 'signed',
  executorEpoch: 4,
  haltEpoch: 2,
  lastValidHeight: 500,
  validUntilMs: 10_000,
  id,
  bytes: Buffer.alloc(700, id.charCodeAt(0)),
  ...over,
});

function segment(): string {
  const [name = ''] = readdirSync(folder).toSorted();
  return join(folder, name);
}

/** Where record `n`, from 0, begins: each of these tests' records says its own length. */
function startOf(file: Buffer, n: number): number {
  let at = 0;
  for (let record = 0; record < n; record++) at += file.readUInt32LE(at + 4);
  return at;
}

function damage(at: number): void {
  const file = readFileSync(segment());
  file[at] = (file[at] ?? 0) ^ 1;
  writeFileSync(segment(), file);
}

describe('journal', () => {
  it('comes back with what was written, epochs and halt latch included', () => {
    const first = open();
    first.append(signed('a/entry/1'));
    first.append(signed('b/entry/1'));
    first.append(signed('b/entry/1', { kind: 'void', bytes: new Uint8Array(0) }));
    first.appendDurable(signed('stop-9', { kind: 'halt', haltEpoch: 3 }));
    first.close();

    const { index } = open();
    expect(index.find('a/entry/1')).toMatchObject({ lastValidHeight: 500, executorEpoch: 4 });
    expect(index.find('b/entry/1')).toBeUndefined();
    expect(index.unexpired(10_000).map(({ id }) => id)).toEqual(['a/entry/1']);
    expect(index.unexpired(10_001)).toEqual([]);
    expect(index.lastHalt).toMatchObject({ stopId: 'stop-9', haltEpoch: 3 });
    expect([index.executorEpoch, index.haltEpoch]).toEqual([4, 3]);
  });

  it('cuts a torn tail and goes on after it', () => {
    const first = open();
    first.append(signed('a'));
    first.append(signed('b'));
    first.close();
    const file = readFileSync(segment());
    damage(startOf(file, 1) + 300);

    const second = open();
    expect(second.index.find('a')).toBeDefined();
    expect(second.index.find('b')).toBeUndefined();
    second.append(signed('c'));
    second.close();
    const third = open();
    expect(third.index.unexpired(0).map(({ id }) => id)).toEqual(['a', 'c']);
    third.close();
  });

  it('refuses damage that a later record proves to have been durable', () => {
    const first = open();
    first.append(signed('a'));
    first.appendDurable(signed('b'));
    first.append(signed('c'));
    first.close();
    for (const n of [0, 1]) {
      const file = readFileSync(segment());
      const at = startOf(file, n) + 120;
      damage(at);
      expect(() => open(), `record ${n}`).toThrow(/journal\/corrupt/);
      damage(at); // The same bit again: whole as before.
    }
    open().close();
  });

  it('finds every single flipped byte of a durable record', () => {
    const first = open();
    first.appendDurable(signed('a', { bytes: Buffer.from('short') }));
    first.append(signed('b'));
    first.close();
    const whole = readFileSync(segment());
    for (let at = 0; at < startOf(whole, 1); at++) {
      damage(at);
      expect(() => open(), `byte ${at}`).toThrow(/journal\/corrupt/);
      damage(at);
    }
  });

  it('goes on in a new segment, keeps four, and its chain holds over them', () => {
    const first = open(16 * 1_024);
    for (let n = 0; n < 120; n++) first.append(signed(`p${n}`));
    first.close();
    expect(readdirSync(folder)).toHaveLength(4);
    const { index } = open(16 * 1_024);
    expect(index.find('p119')).toBeDefined();
    expect(index.find('p0')).toBeUndefined();
  });

  it('knows the signature that was written, although its buffer holds the next one by then', () => {
    const journal = open();
    const wire = Buffer.alloc(200, 1);
    journal.append(signed('a', { bytes: wire }));
    const before = journal.index.find('a')?.signature;
    wire.fill(2);
    journal.append(signed('b', { bytes: wire }));
    expect(journal.index.find('a')?.signature).toBe(before);
    expect(journal.index.find('b')?.signature).not.toBe(before);
    journal.close();
  });

  it('writes nothing more once it is closed', () => {
    const journal = open();
    journal.close();
    expect(() => journal.append(signed('a'))).toThrow(/journal\/unwritable/);
  });

  it('learns in the background that records are durable', async () => {
    const journal = open();
    journal.append(signed('a'));
    await expect.poll(() => journal.durableSequence).toBe(1);
    journal.close();
  });
});
