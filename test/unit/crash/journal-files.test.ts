import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../adapters/market-data/random.ts';
import { openJournal, type Journal, type NewRecord } from '../../../hotpath/journal.ts';
import {
  losePower,
  POWER_LOSSES,
  readJournal,
  signedWhileHalted,
} from '../../crash/failpoints/journal-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Journal =>
  openJournal({
    folder,
    segmentBytes: 64 * 1_024,
    onFault(error) {
      throw error;
    },
  });

const record = (kind: NewRecord['kind'], id: string): NewRecord => ({
  ...{ kind, id, executorEpoch: 4, haltEpoch: 2, lastValidHeight: 500, validUntilMs: 10_000 },
  bytes: Buffer.alloc(700, id.charCodeAt(0)),
});

const kindsIn = (): readonly string[] => readJournal(folder).map((one) => one.record.kind);

describe('a journal that loses power', () => {
  it.each(POWER_LOSSES)('(%s) loses some of what was not durable, and opens again', (how) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      rmSync(folder, { recursive: true, force: true });
      const first = open();
      first.appendDurable(record('epoch', 'wallet'));
      for (const id of ['a', 'b', 'c', 'd']) first.append(record('signed', id));
      first.close();

      const lost = losePower(folder, how, createRandom(seed));
      expect(lost.length).toBeGreaterThan(0);
      const again = open();
      const kept = ['a', 'b', 'c', 'd'].filter((id) => again.index.find(id) !== undefined);
      expect(kept).toHaveLength(4 - lost.length);
      expect(kept).toEqual(['a', 'b', 'c', 'd'].slice(0, kept.length));
      expect(again.index.executorEpoch).toBe(4);
      again.close();
    }
  });

  it('loses nothing that a later record calls durable', () => {
    const first = open();
    first.append(record('signed', 'a'));
    first.appendDurable(record('halt', 'stop-1'));
    first.close();
    expect(losePower(folder, 'tail', createRandom(1))).toEqual([]);
    expect(kindsIn().slice(0, 2)).toEqual(['signed', 'halt']);
  });
});

describe('signatures after a halt', () => {
  it('are found up to the resume', () => {
    const journal = open();
    journal.append(record('signed', 'before'));
    journal.appendDurable(record('halt', 'stop-1'));
    journal.append(record('signed', 'within'));
    journal.appendDurable(record('resume', 'stop-1'));
    journal.append(record('signed', 'after'));
    journal.close();
    expect(signedWhileHalted(readJournal(folder))).toEqual(['within']);
  });
});
