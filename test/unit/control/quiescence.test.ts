import { describe, expect, it } from 'vitest';
import { awaitQuiet, type QuietSources } from '../../../cli/stop/await-quiet.ts';
import { flatFaults, type FlatView } from '../../../domain/control/flat.ts';
import type { LivePermit } from '../../../domain/control/halt-view.ts';
import { chainEndOf, listLandable } from '../../../domain/control/quiescence.ts';

const live = (permitId: string, change: Partial<LivePermit> = {}): LivePermit => ({
  permitId,
  market: 'SOL-USDC',
  status: 'submitted',
  signature: `sig ${permitId}`,
  lastValidHeight: 100,
  ...change,
});
const journal = (...ids: readonly string[]) => ({
  permits: ids.map((id) => ({ id, signature: `sig ${id}`, lastValidHeight: 100 })),
});

describe('what could still land', () => {
  it('is what the journal has signed and what the ledger waits for, each once', () => {
    const listed = listLandable(journal('a', 'b'), [live('b'), live('c', { status: 'uncertain' })]);
    expect(listed.map(({ permitId }) => permitId).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('is not what was issued and never signed, where the executor says so itself', () => {
    const issued: LivePermit = { permitId: 'a', market: 'SOL-USDC', status: 'issued' };
    expect(listLandable(journal(), [issued])).toEqual([]);
    expect(listLandable(undefined, [issued])).toHaveLength(1);
  });

  const at = (height: number) => [
    { origin: 'one', slot: height, height },
    { origin: 'two', slot: height, height },
  ];
  const statuses = (slot: number, found: readonly object[] = []) =>
    ['one', 'two'].map((origin) => ({ origin, slot, found: found as never }));
  const origins = ['one', 'two'];
  const [one = live('a')] = listLandable(journal('a'), undefined);

  it('is dead when both origins are past it and know nothing of it', () => {
    const view = { origins, heights: at(101), statuses: statuses(101) };
    expect(chainEndOf(one, view)).toBe('dead');
    expect(chainEndOf(one, { ...view, heights: at(100) })).toBeUndefined();
    expect(chainEndOf(one, { ...view, statuses: statuses(100) })).toBeUndefined();
    expect(chainEndOf(one, { ...view, origins: ['one'] })).toBeUndefined();
    expect(chainEndOf({ permitId: 'a' }, view)).toBeUndefined();
  });

  it('has landed only when it is final', () => {
    const status = { signature: 'sig a', slot: 90, commitment: 'finalized' };
    const seen = (commitment: string, error?: string) => ({
      origins,
      heights: at(101),
      statuses: statuses(101, [{ ...status, commitment, ...(error ? { error } : {}) }]),
    });
    expect(chainEndOf(one, seen('finalized'))).toBe('landed');
    expect(chainEndOf(one, seen('finalized', 'slippage'))).toBe('failed');
    expect(chainEndOf(one, seen('confirmed'))).toBeUndefined();
  });

  const sources = (change: Partial<QuietSources>): QuietSources => ({
    readJournal: async () => journal('a'),
    readLive: async () => undefined,
    readEnded: async () => new Set(),
    chain: undefined,
    ...change,
  });

  it('is waited for until each has its proof', async () => {
    let looks = 0;
    const readEnded = async () => new Set(++looks < 2 ? [] : ['a']);
    const report = await awaitQuiet(sources({ readEnded }), 5_000);
    expect(report).toMatchObject({
      quiesced: true,
      landable: [{ permitId: 'a', signature: 'sig a', end: 'settled' }],
    });
  });

  it('is named when the time is over, and nothing is claimed where nobody answers', async () => {
    const late = await awaitQuiet(sources({}), 0);
    expect(late).toMatchObject({ quiesced: false, quiescedMs: null, said: '1 could still land' });
    const readJournal = async () => undefined;
    expect((await awaitQuiet(sources({ readJournal }), 0)).said).toMatch(/neither the executor/);
  });
});

describe('flat', () => {
  const view = (change: Partial<FlatView> = {}): FlatView => ({
    open: [],
    live: 0,
    balances: [{ asset: 'SOL', amount: 1n }],
    slot: 10,
    lastSettledSlot: 10,
    baseline: new Map([['SOL', 5n]]),
    baseMints: ['mint'],
    ...change,
  });

  it('is when the chain shows no more of what is traded than before', () => {
    expect(flatFaults(view())).toEqual([]);
    const dust = { baseline: new Map([['mint', 3n]]), balances: [{ asset: 'mint', amount: 3n }] };
    expect(flatFaults(view(dust))).toEqual([]);
  });

  it.each<[string, Partial<FlatView>, RegExp]>([
    ['a position is held', { open: ['SOL-USDC'] }, /SOL-USDC is held/],
    ['a permit may land', { live: 1 }, /1 permits/],
    ['the last sale is not final', { lastSettledSlot: 11 }, /slot 11 is not finalized/],
    ['one unit is left', { balances: [{ asset: 'mint', amount: 1n }] }, /holds 1 of mint/],
    ['one unit too much is gone', { baseline: new Map([['mint', 1n]]) }, /holds -1 of mint/],
  ])('is not while %s', (_why, change, says) => {
    expect(flatFaults(view(change)).join('; ')).toMatch(says);
  });
});
