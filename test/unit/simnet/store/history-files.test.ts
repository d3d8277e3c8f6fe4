import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../../domain/shared/base58.ts';
import { createChain } from '../../../../simnet/chain.ts';
import type { LandedTransaction } from '../../../../simnet/state/history.ts';
import { appendHistory, readHistory } from '../../../../simnet/store/history-files.ts';
import { openStore } from '../../../../simnet/store/store.ts';

const NOTHING = { total: 0, segments: [] };
/** Segments end at 16 MiB: some of these make one. */
const LARGE = 'x'.repeat(6 * 1_024 * 1_024);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-simnet-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const someLanded = (count: number, log = ''): readonly LandedTransaction[] =>
  Array.from({ length: count }, () => ({
    id: encodeBase58(randomBytes(64)),
    wire: randomBytes(20),
    execution: {
      err: null,
      fee: 5_000n,
      units: 150n,
      logs: [log],
      keys: { all: [], loaded: { writable: [], readonly: [] } },
    },
    slot: 1,
    unixSeconds: 1,
    preBalances: [],
    postBalances: [],
    preTokens: [],
    postTokens: [],
  }));
const ids = (landed: readonly LandedTransaction[]) => landed.map(({ id }) => id);

describe('the history on disk', () => {
  it('is read in order over several files, as a later snapshot named them', () => {
    let history = NOTHING as Parameters<typeof readHistory>[1];
    const all: LandedTransaction[] = [];
    for (const count of [2, 1, 3, 1]) {
      const landed = someLanded(count, LARGE);
      all.push(...landed);
      history = appendHistory(folder, history, { landed, total: all.length });
    }
    expect(history.segments.length).toBeGreaterThan(1);
    expect(ids(readHistory(folder, history))).toEqual(ids(all));
  });

  it('is as an older snapshot knew it, whatever was written behind it since', () => {
    const first = someLanded(3);
    const older = appendHistory(folder, NOTHING, { landed: first, total: 3 });
    appendHistory(folder, older, { landed: someLanded(4), total: 7 });
    expect(ids(readHistory(folder, older))).toEqual(ids(first));
    // And goes on from there, over what the life in between had written.
    const second = someLanded(2);
    const newer = appendHistory(folder, older, { landed: second, total: 5 });
    expect(ids(readHistory(folder, newer))).toEqual(ids([...first, ...second]));
  });

  it('begins anew where more has landed than the chain remembers', () => {
    const before = appendHistory(folder, NOTHING, { landed: someLanded(3), total: 3 });
    const landed = someLanded(2);
    const history = appendHistory(folder, before, { landed, total: 10 });
    expect(ids(readHistory(folder, history))).toEqual(ids(landed));
    const next = someLanded(1);
    const later = appendHistory(folder, history, { landed: next, total: 11 });
    expect(ids(readHistory(folder, later))).toEqual(ids([...landed, ...next]));
  });
});

describe('a folder’s programs', () => {
  it('must be the same binaries', () => {
    const nowMs = () => 1_800_000_000_000;
    const open = (programs: Readonly<Record<string, string>>) =>
      openStore({ folder, programs, nowMs });
    const first = open({ venue: 'hash one' });
    first.takeSnapshot(createChain({ nowMs, programs: new Map() }));
    first.close();
    expect(() => open({ venue: 'hash two' })).toThrow(/was hash one, is hash two/);
    expect(() => open({})).toThrow(/was hash one, is not loaded/);
    const again = open({ venue: 'hash one' });
    expect(again.found).toBeDefined();
    again.close();
  });
});
