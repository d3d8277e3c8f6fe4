import { describe, expect, it } from 'vitest';
import { SENDER_TIP_ACCOUNTS, TIP_ACCOUNTS } from '../../../simnet/addresses.ts';
import { createChain } from '../../../simnet/chain.ts';

const options = { nowMs: () => 1_800_000_000_000, programs: new Map<string, Uint8Array>() };
const all = [...TIP_ACCOUNTS, ...SENDER_TIP_ACCOUNTS];

describe('tip accounts', () => {
  it('exist from the first slot on, with the rent that small tips do not pay', () => {
    const { accounts } = createChain(options);
    expect(all.map((key) => accounts.read(key)?.lamports)).toEqual(all.map(() => 1_000_000_000n));
  });

  it('are there in a chain that began without a Sender, and keep what they were given', () => {
    const from = createChain(options).state();
    if (!from) throw new Error('nothing is to be orphaned');
    const dumped = from.accounts;
    const [kept = '', missing = ''] = SENDER_TIP_ACCOUNTS;
    const accounts = dumped.accounts
      .filter(([key]) => key !== missing)
      .map(([key, account]): (typeof dumped.accounts)[number] => [
        key,
        account && key === kept ? { ...account, lamports: 1_000_005_000n } : account,
      ]);
    const resumed = createChain({
      ...options,
      from: { ...from, accounts: { ...dumped, accounts } },
    });
    expect(resumed.accounts.read(missing)?.lamports).toBe(1_000_000_000n);
    expect(resumed.accounts.read(kept)?.lamports).toBe(1_000_005_000n);
  });
});
