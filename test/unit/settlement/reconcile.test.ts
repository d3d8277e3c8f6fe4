import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  reconcile,
  type LedgerEntry,
  type LedgerView,
  type LiveView,
  type WalletView,
} from '../../../domain/settlement/reconcile.ts';

const NOTHING_LIVE: LiveView = { landed: new Map(), unsigned: 0 };
const SOL = (amount: bigint) => ({ asset: 'SOL', amount });

const booked = (signature: string, amount: bigint, slot = 10): LedgerEntry => ({
  signature,
  slot,
  ...SOL(amount),
});

const wallet = (balance: bigint, ...signatures: readonly string[]): WalletView => ({
  slot: 100,
  balances: [SOL(balance)],
  signatures,
});

const ledger = (entries: readonly LedgerEntry[], others: readonly string[] = []): LedgerView => ({
  baseline: [SOL(1_000n)],
  entries,
  booked: new Set([...entries.map(({ signature }) => signature), ...others]),
});

describe('reconciling', () => {
  it('is clean when each transaction and the sum agree', () => {
    const found = reconcile(wallet(990n, 'a'), ledger([booked('a', -10n)]), NOTHING_LIVE);
    expect(found.differences).toEqual([]);
    expect(found.walletDelta).toEqual(found.settlementSum);
  });

  it('names an orphan, and by how much it moves the balance', () => {
    const found = reconcile(wallet(985n, 'a', 'b'), ledger([booked('a', -10n)]), NOTHING_LIVE);
    expect(found.differences).toEqual([
      { kind: 'orphan', signature: 'b' },
      { kind: 'balance', asset: 'SOL', by: -5n },
    ]);
  });

  it('names what is booked and not on chain', () => {
    const books = ledger([booked('a', -10n), booked('ghost', -7n)]);
    expect(reconcile(wallet(990n, 'a'), books, NOTHING_LIVE).differences).toEqual([
      { kind: 'missing', signature: 'ghost' },
    ]);
  });

  it('does not miss what is booked and not final yet', () => {
    const books = ledger([booked('a', -10n), booked('later', -7n, 101)]);
    expect(reconcile(wallet(990n, 'a'), books, NOTHING_LIVE).differences).toEqual([]);
  });

  it('expects what has landed for a live permit', () => {
    const live: LiveView = { landed: new Map([['b', [SOL(-5n)]]]), unsigned: 0 };
    const found = reconcile(wallet(985n, 'a', 'b'), ledger([booked('a', -10n)]), live);
    expect(found.differences).toEqual([]);
    expect(found.settlementSum).toEqual(new Map([['SOL', -10n]]));
  });

  it('knows transactions of earlier runs', () => {
    const books = ledger([booked('a', -10n)], ['old']);
    expect(reconcile(wallet(990n, 'a', 'old'), books, NOTHING_LIVE).differences).toEqual([]);
  });

  it('says nothing while an orphan may be a live permit that nobody knows the signature of', () => {
    const live: LiveView = { landed: new Map(), unsigned: 1 };
    const books = ledger([booked('a', -10n)]);
    expect(reconcile(wallet(985n, 'a', 'b'), books, live).differences).toEqual([]);
    // Without an orphan nothing excuses a wrong balance.
    expect(reconcile(wallet(985n, 'a'), books, live).differences).toHaveLength(1);
  });

  it('sees one base unit, in either direction, of any asset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -1_000n, max: 1_000n }), { maxLength: 20 }),
        fc.constantFrom(-1n, 0n, 1n),
        (amounts, by) => {
          const entries = amounts.map((amount, at) => booked(`s${at}`, amount));
          const sum = amounts.reduce((total, amount) => total + amount, 0n);
          const signatures = entries.map(({ signature }) => signature);
          const view = wallet(1_000n + sum + by, ...signatures);
          const { differences } = reconcile(view, ledger(entries), NOTHING_LIVE);
          expect(differences).toEqual(by === 0n ? [] : [{ kind: 'balance', asset: 'SOL', by }]);
        },
      ),
    );
  });
});
