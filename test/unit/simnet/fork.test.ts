import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { createChain, type Chain } from '../../../simnet/chain.ts';
import { FAUCET_ADDRESS, faucetTransfer } from '../../../simnet/faucet.ts';
import type { Pending } from '../../../simnet/state/chain-state.ts';
import { bundleIdOf } from '../../../simnet/state/bundles.ts';

const aKey = (): string => encodeBase58(randomBytes(32));
const FORK = { fork: {} };
const FORK_AND_BACK = { fork: { againAfterSlots: 3 } };

let chain: Chain;
let to: string;

beforeEach(() => {
  chain = createChain({ nowMs: () => 1_800_000_000_000, programs: new Map() });
  to = aKey();
});

const send = (recipient: string, lamports: bigint, extra: Partial<Pending> = {}): string => {
  const transaction = faucetTransfer(recipient, lamports, chain.blocks.current().blockhash);
  const dueSlot = chain.blocks.slot() + 1;
  chain.enqueue({
    transactions: [transaction],
    atomic: false,
    dueSlot,
    forceFailure: false,
    ...extra,
  });
  return transaction.id;
};
const slotOf = (signature: string) => chain.history.find(signature)?.slot;
const lamportsOf = (address: string) => chain.accounts.read(address)?.lamports;

describe('an orphaned slot', () => {
  it('takes back what landed in it, the fee too, for good where nothing else is said', () => {
    const before = lamportsOf(FAUCET_ADDRESS);
    const signature = send(to, 5_000_000n, FORK);
    const slot = chain.openSlot();
    expect([slotOf(signature), lamportsOf(to)]).toEqual([slot, 5_000_000n]);
    for (let n = 0; n < 40; n += 1) chain.openSlot();
    expect([slotOf(signature), lamportsOf(to)]).toEqual([undefined, undefined]);
    expect(lamportsOf(FAUCET_ADDRESS)).toBe(before);
    expect(chain.history.of(to)).toEqual([]);
    expect(chain.counts()).toMatchObject({ landed: 0, dropped: 1, pending: 0 });
  });

  it('is never confirmed: the transaction is gone before, and comes back in a later slot', () => {
    const signature = send(to, 5_000_000n, FORK_AND_BACK);
    const slot = chain.openSlot();
    chain.openSlot();
    expect(slotOf(signature)).toBeUndefined();
    const slots = [1, 2, 3].map(() => {
      chain.openSlot();
      return slotOf(signature);
    });
    expect(slots).toEqual([undefined, undefined, slot + 4]);
    expect(lamportsOf(to)).toBe(5_000_000n); // Once.
    expect(chain.history.of(to)).toHaveLength(1);
  });

  it('lets everything else of it land in the next slot, writes included', () => {
    const other = aKey();
    const gift = aKey();
    const lost = send(to, 5_000_000n, FORK);
    const kept = send(other, 6_000_000n);
    const slot = chain.openSlot({ kind: 'airdrop', to: gift, lamports: 7_000_000n });
    chain.openSlot();
    expect([slotOf(lost), slotOf(kept)]).toEqual([undefined, slot + 1]);
    expect([lamportsOf(other), lamportsOf(gift)]).toEqual([6_000_000n, 7_000_000n]);
    expect(chain.accounts.readAt(other, slot)).toBeUndefined();
    expect(chain.accounts.readAt(gift, slot)).toBeUndefined();
  });

  it('tells its accounts’ subscribers that they are as before', () => {
    send(to, 5_000_000n, FORK);
    chain.openSlot();
    const slot = chain.openSlot();
    expect(chain.accounts.hasChangedIn(to, slot)).toBe(true);
    expect(chain.accounts.readAt(to, slot)).toBeUndefined();
  });

  it('takes its blockhash with it', () => {
    send(to, 5_000_000n, FORK);
    chain.openSlot();
    const { blockhash } = chain.blocks.current();
    const orphaned = faucetTransfer(aKey(), 1_000_000n, blockhash);
    const plain = { atomic: false, forceFailure: false, transactions: [orphaned] };
    chain.enqueue({ ...plain, dueSlot: chain.blocks.slot() + 1 });
    chain.openSlot();
    expect(chain.blocks.isAlive(blockhash)).toBe(false);
    expect(slotOf(orphaned.id)).toBeUndefined();
  });

  it.each([
    ['failed', FORK, ['Landed', 'Failed', 'Failed']],
    ['pending again and then landed', FORK_AND_BACK, ['Landed', 'Pending', 'Landed']],
  ])('makes its bundle %s', (_what, fork, expected) => {
    const id = bundleIdOf([send(to, 5_000_000n, { ...fork, atomic: true, bundle: 'told' })]);
    const statuses: unknown[] = [];
    for (let n = 0; n < 5; n += 1) {
      chain.openSlot();
      if (n !== 2 && n !== 3) statuses.push(chain.bundles.find(id)?.status);
    }
    expect(statuses).toEqual(expected);
  });
});

describe('a bundle', () => {
  it('that was sent twice has landed, although its copy could not', () => {
    const transaction = faucetTransfer(to, 5_000_000n, chain.blocks.current().blockhash);
    const dueSlot = chain.blocks.slot() + 1;
    const bundle = { atomic: true, forceFailure: false, bundle: 'told' } as const;
    chain.enqueue({ ...bundle, transactions: [transaction], dueSlot });
    chain.enqueue({ ...bundle, transactions: [transaction], dueSlot });
    chain.openSlot();
    expect(lamportsOf(to)).toBe(5_000_000n);
    expect(chain.bundles.find(bundleIdOf([transaction.id]))?.status).toBe('Landed');
  });
});
