import type { PermitFields } from '../risk/permit.ts';
import { OvermindError } from '../shared/errors.ts';
import { lamports, tokenUnits } from '../shared/units.ts';
import type { ChainTransaction } from './chain-reader.ts';
import type { AssetDelta, Fill, Settlement } from './settlement.ts';

/** What an executed transaction did for its permit, from its own balances alone. */
export function settlementOf(permit: PermitFields, transaction: ChainTransaction): Settlement {
  const { signature, slot, error, deltas } = transaction;
  const executed = { permitId: permit.id, signature, slot, deltas };
  if (error !== undefined) return { ...executed, kind: 'failed', error };
  return { ...executed, kind: 'landed', fill: fillOf(permit, transaction) };
}

/** Nothing moved, and nothing will. */
export function expiredSettlement({ id }: PermitFields, signature: string | undefined): Settlement {
  return {
    permitId: id,
    kind: 'expired',
    ...(signature === undefined ? {} : { signature }),
    deltas: [],
  };
}

/** Native lamports that left the wallet; none where more came in than went out. */
export function lamportsPaid(deltas: readonly AssetDelta[]): bigint {
  const native = deltaOf(deltas, 'SOL');
  return native < 0n ? -native : 0n;
}

function fillOf(permit: PermitFields, transaction: ChainTransaction): Fill {
  const { deltas, feeLamports, payments } = transaction;
  const { id, market, side, mintIn, mintOut } = permit;
  const amountIn = -deltaOf(deltas, mintIn);
  const amountOut = deltaOf(deltas, mintOut);
  // The venue takes exactly what the permit says. Anything else is no trade of ours, and guessing
  // what it was would put a wrong position into the ledger.
  if (amountIn !== permit.amountIn || amountOut < permit.minAmountOut) {
    throw new OvermindError('settlement/mismatch', {
      permitId: id,
      fault: `in ${amountIn} of ${permit.amountIn}, out ${amountOut}, least ${permit.minAmountOut}`,
    });
  }
  const paid = lamportsPaid(deltas) - feeLamports;
  const beyondFee = paid > 0n ? paid : 0n;
  const named = payments.reduce((sum, { amount }) => sum + amount, 0n);
  // A payment to the wallet itself has not left it.
  const tip = named < beyondFee ? named : beyondFee;
  return {
    permitId: id,
    market,
    side,
    amountIn: tokenUnits(amountIn),
    amountOut: tokenUnits(amountOut),
    fee: feeLamports,
    tip: lamports(tip),
    rent: lamports(beyondFee - tip),
  };
}

function deltaOf(deltas: readonly AssetDelta[], asset: string): bigint {
  return deltas.find((delta) => delta.asset === asset)?.amount ?? 0n;
}
