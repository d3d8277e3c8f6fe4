import fc from 'fast-check';
import { LiteSVM } from 'litesvm';
import { describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { SYSTEM_PROGRAM } from '../../../simnet/addresses.ts';
import { createAccounts } from '../../../simnet/state/accounts.ts';

const address = (n: number) => encodeBase58(new Uint8Array(32).fill(n + 1));
const holding = (lamports: number) => ({
  lamports: BigInt(lamports),
  data: new Uint8Array(),
  owner: SYSTEM_PROGRAM,
  executable: false,
});

describe('account history', () => {
  it('reads at any kept slot what a full copy of every slot would say', () => {
    const writes = fc.array(
      fc.array(fc.record({ at: fc.nat(3), lamports: fc.integer({ min: 1, max: 1_000_000 }) }), {
        maxLength: 3,
      }),
      { minLength: 1, maxLength: 38 },
    );
    fc.assert(
      fc.property(writes, (slots) => {
        const accounts = createAccounts(new LiteSVM());
        const model: Map<number, bigint>[] = [];
        let state = new Map<number, bigint>();
        slots.forEach((list, slot) => {
          accounts.beginSlot(slot);
          state = new Map(state);
          for (const { at, lamports } of list) {
            accounts.write(address(at), holding(lamports));
            state.set(at, BigInt(lamports));
          }
          model.push(state);
        });
        model.forEach((expected, slot) => {
          for (const at of [0, 1, 2, 3]) {
            expect(accounts.readAt(address(at), slot)?.lamports).toBe(expected.get(at));
          }
        });
      }),
      { numRuns: 15 },
    );
  });

  it('knows what a slot has changed', () => {
    const accounts = createAccounts(new LiteSVM());
    accounts.beginSlot(1);
    accounts.write(address(1), holding(5));
    accounts.beginSlot(2);
    expect(accounts.hasChangedIn(address(1), 1)).toBe(true);
    expect(accounts.hasChangedIn(address(1), 2)).toBe(false);
    expect(accounts.hasChangedIn(address(2), 1)).toBe(false);
  });
});
