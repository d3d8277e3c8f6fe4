import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Chain } from '../../../../simnet/chain.ts';
import { faucetTransfer } from '../../../../simnet/faucet.ts';
import { accept, aKey, createLives, seen, send, type Lives } from './life.ts';

let lives: Lives;

beforeEach(() => {
  lives = createLives();
});
afterEach(() => lives.end());

describe('a chain with a folder', () => {
  it('is after a kill what it was before, in everything that can be seen', () => {
    const { chain } = lives.open('a');
    lives.live(chain, 40);
    const before = seen(chain);
    lives.killed('a', 'b');
    const again = lives.open('b');
    expect(again.resumed).toMatchObject({ slot: before.slot, tornBytes: 0, fellBack: false });
    expect(seen(again.chain)).toEqual(before);
    // And goes the same way on: what was pending lands, heights go on by one.
    for (let n = 1; n <= 8; n += 1) {
      again.chain.openSlot();
      chain.openSlot();
      expect(again.chain.blocks.slot()).toBe(before.slot + n);
    }
    expect(again.chain.counts()).toMatchObject({ ...chain.counts(), pending: 0 });
    expect(seen(again.chain).accounts).toEqual(seen(chain).accounts);
  });

  it('is the same after many kills in a row, with new snapshots in between', () => {
    let name = 'life-0';
    let one = lives.open(name);
    for (let life = 1; life <= 6; life += 1) {
      lives.live(one.chain, 12);
      if (life % 2 === 0) lives.letSnapshotBeTaken(one);
      lives.live(one.chain, 5);
      const before = seen(one.chain);
      lives.killed(name, `life-${life}`);
      name = `life-${life}`;
      one = lives.open(name);
      expect(seen(one.chain)).toEqual(before);
    }
    const files = readdirSync(lives.folder(name)).filter((file) => /^(snapshot|log)-/.test(file));
    expect(files).toHaveLength(4); // Two generations, however many there were.
  });

  it('knows transactions signed just before the kill, and no dead ones', () => {
    const { chain } = lives.open('a');
    const old = chain.blocks.current();
    for (let n = 0; n < 140; n += 1) chain.openSlot();
    const late = faucetTransfer(aKey(), 1_000_000n, old.blockhash);
    lives.killed('a', 'b');
    const again = lives.open('b').chain;
    accept(again, late);
    again.openSlot();
    expect(again.history.find(late.id)?.execution.err).toBeNull();
    const tooLate = faucetTransfer(aKey(), 1_000_000n, old.blockhash);
    for (let n = 0; n < 10; n += 1) again.openSlot();
    expect(again.blocks.isAlive(old.blockhash)).toBe(false);
    accept(again, tooLate);
    again.openSlot();
    expect(again.history.find(tooLate.id)).toBeUndefined();
  });

  it('drops a duplicate that is sent again in the next life', () => {
    const { chain } = lives.open('a');
    const to = aKey();
    const transaction = faucetTransfer(to, 3_000_000n, chain.blocks.current().blockhash);
    accept(chain, transaction);
    lives.killed('a', 'pending'); // Killed while it waits: it lands once although it is sent again.
    chain.openSlot();
    lives.killed('a', 'landed');
    for (const name of ['pending', 'landed']) {
      const again = lives.open(name).chain;
      accept(again, transaction);
      again.openSlot();
      again.openSlot();
      expect(again.accounts.read(to)?.lamports).toBe(3_000_000n);
      expect(again.history.of(to)).toHaveLength(1);
    }
  });

  it.each([
    ['lands again', { againAfterSlots: 3 }],
    ['never lands again', {}],
  ])('keeps a fork that was under way when it was killed: it %s', (_what, fork) => {
    const { chain } = lives.open('a');
    const to = aKey();
    send(chain, to, 4_000_000n, { fork });
    chain.openSlot(); // It lands, and this slot will be orphaned.
    expect(chain.accounts.read(to)?.lamports).toBe(4_000_000n);
    lives.killed('a', 'b');
    const again = lives.open('b').chain;
    const end = (on: Chain) => {
      for (let n = 0; n < 5; n += 1) on.openSlot();
      return on.accounts.read(to)?.lamports;
    };
    expect(end(again)).toBe(end(chain));
    expect(end(again)).toBe('againAfterSlots' in fork ? 4_000_000n : undefined);
  });
});
