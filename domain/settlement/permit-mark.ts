import { tipFor } from '../execution/fees.ts';
import type { PermitFields } from '../risk/permit.ts';
import type { ChainTransaction } from './chain-reader.ts';

/**
 * The transaction of a permit whose signature is lost: it pays the tip whose digits follow from the
 * permit's id and, where it succeeded, spent exactly the permit's input. One that succeeded wins.
 */
export function findByMark(
  permit: PermitFields,
  transactions: readonly ChainTransaction[],
): ChainTransaction | undefined {
  const marked = transactions.filter((transaction) => bearsMarkOf(permit, transaction));
  return marked.find(({ error }) => error === undefined) ?? marked[0];
}

function bearsMarkOf(permit: PermitFields, transaction: ChainTransaction): boolean {
  const tip = tipFor(permit.id, permit.tipMax);
  if (!transaction.payments.some(({ amount }) => amount === tip)) return false;
  // A failed one moved nothing but its fee; its instructions still say what tip was offered.
  if (transaction.error !== undefined) return true;
  return transaction.deltas.some(
    ({ asset, amount }) => asset === permit.mintIn && -amount === permit.amountIn,
  );
}
