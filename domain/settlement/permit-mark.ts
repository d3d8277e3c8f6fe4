import { isTipOf, tipFor } from '../execution/fees.ts';
import type { PermitFields } from '../risk/permit.ts';
import type { ChainTransaction } from './chain-reader.ts';

/**
 * The transaction of a permit whose signature is lost: it pays a tip whose digits follow from the
 * permit's id, to whichever tip account, and where it succeeded, spent exactly the permit's input.
 * One that succeeded wins; among equals the one whose tip is the permit's to the last lamport.
 */
export function findByMark(
  permit: PermitFields,
  transactions: readonly ChainTransaction[],
): ChainTransaction | undefined {
  const { id, tipMax } = permit;
  const whole = tipFor(id, tipMax);
  const found = transactions
    .filter((transaction) => bearsMarkOf(permit, transaction))
    .map((transaction) => ({
      transaction,
      succeeded: transaction.error === undefined,
      exact: transaction.payments.some(({ amount }) => amount === whole),
    }));
  const best =
    found.find(({ succeeded, exact }) => succeeded && exact) ??
    found.find(({ succeeded }) => succeeded) ??
    found.find(({ exact }) => exact) ??
    found[0];
  return best?.transaction;
}

function bearsMarkOf(
  { id, tipMax, ...permit }: PermitFields,
  transaction: ChainTransaction,
): boolean {
  if (!transaction.payments.some(({ amount }) => isTipOf(id, tipMax, amount))) return false;
  // A failed one moved nothing but its fee; its instructions still say what tip was offered.
  if (transaction.error !== undefined) return true;
  return transaction.deltas.some(
    ({ asset, amount }) => asset === permit.mintIn && -amount === permit.amountIn,
  );
}
