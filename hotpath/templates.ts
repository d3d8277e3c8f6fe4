import { tipAccountIndexFor, tipFor, unitPriceFor } from '../domain/execution/fees.ts';
import {
  MESSAGE_OFFSET,
  SIGNATURE_OFFSET,
  type SwapTemplate,
} from '../domain/execution/swap-template.ts';
import type { Permit } from '../domain/risk/permit.ts';

export type PreparedSwap = {
  /** Reused by the next permit of this market, side and route: copy what must outlive the send. */
  readonly wire: Buffer;
  readonly message: Buffer;
  readonly signature: Buffer;
};

export type Templates = {
  /** The permit's transaction, unsigned; undefined where no template fits the permit exactly. */
  prepare(permit: Permit, blockhash: Uint8Array): PreparedSwap | undefined;
  readonly count: number;
};

export type TemplatesDeps = {
  readonly templates: readonly SwapTemplate[];
  readonly tipAccounts: readonly Uint8Array[];
  /** Micro-lamports a compute unit, before the permit's fee cap. */
  readonly unitPrice: bigint;
};

type Slot = PreparedSwap & { readonly template: SwapTemplate };

export function createTemplates({ templates, tipAccounts, unitPrice }: TemplatesDeps): Templates {
  const slots = new Map<string, Slot>();
  for (const template of templates) {
    const wire = Buffer.from(template.wire);
    slots.set(keyOf(template), {
      template,
      wire,
      message: wire.subarray(MESSAGE_OFFSET),
      signature: wire.subarray(SIGNATURE_OFFSET, MESSAGE_OFFSET),
    });
  }
  return {
    count: slots.size,
    prepare(permit, blockhash) {
      const slot = slots.get(keyOf(permit));
      const price = unitPriceFor(permit.feeMax, unitPrice);
      const tip = tipFor(permit.id, permit.tipMax);
      const tipAccount = tipAccounts[tipAccountIndexFor(permit.id, tipAccounts.length)];
      if (!slot || price === undefined || tip === undefined || !tipAccount) return undefined;
      const { offsets, mintIn, mintOut } = slot.template;
      // The registry's mints, not the permit's, are in the bytes: they must be the same.
      if (permit.mintIn !== mintIn || permit.mintOut !== mintOut) return undefined;

      const { wire } = slot;
      wire.set(blockhash, offsets.blockhash);
      wire.writeBigUInt64LE(permit.amountIn, offsets.amountIn);
      wire.writeBigUInt64LE(permit.minAmountOut, offsets.minAmountOut);
      wire.writeBigUInt64LE(price, offsets.unitPrice);
      wire.writeBigUInt64LE(tip, offsets.tip);
      wire.set(tipAccount, offsets.tipAccount);
      return slot;
    },
  };
}

function keyOf(of: Pick<SwapTemplate, 'market' | 'side' | 'route'>): string {
  return `${of.market}|${of.side}|${of.route}`;
}
