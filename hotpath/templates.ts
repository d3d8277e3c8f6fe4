import { TIP_MIN, tipAccountIndexFor, tipFor, unitPriceFor } from '../domain/execution/fees.ts';
import {
  MESSAGE_OFFSET,
  SIGNATURE_OFFSET,
  type SwapTemplate,
} from '../domain/execution/swap-template.ts';
import type { Permit, Route } from '../domain/risk/permit.ts';
import type { AdmittedTemplate } from './admit-template.ts';

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

/** Whom a route tips. A tip to another provider's account counts nothing there. */
export type RouteTips = {
  readonly accounts: readonly Uint8Array[];
  /** Below it the provider takes no transaction. */
  readonly tipMin: bigint;
};

export type TemplatesDeps = {
  readonly templates: readonly AdmittedTemplate[];
  readonly tips: Readonly<Record<Route, RouteTips>>;
  /** Micro-lamports a compute unit, before the permit's fee cap. */
  readonly unitPrice: bigint;
  /** Lamports that it takes to land at present; undefined where nobody knows. */
  readonly tipWanted?: () => bigint | undefined;
};

type Slot = PreparedSwap & { readonly template: SwapTemplate };

/**
 * Block engines are tipped on the protected route. On the fast one it is Helius Sender where there
 * is one, which bids in Jito's auction itself; the bytes are the same for everyone.
 */
export function tipsByRoute(
  jito: readonly Uint8Array[],
  sender?: RouteTips,
): Readonly<Record<Route, RouteTips>> {
  const protectedTips = { accounts: jito, tipMin: TIP_MIN };
  return { protected: protectedTips, fast: sender ?? protectedTips };
}

export function createTemplates(deps: TemplatesDeps): Templates {
  const { templates, tips, unitPrice, tipWanted } = deps;
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
      const { accounts, tipMin } = tips[permit.route];
      const tip = tipOf(permit, tipMin, tipWanted?.());
      const tipAccount = accounts[tipAccountIndexFor(permit.id, accounts.length)];
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

/** The permit's cap is stronger than the provider's minimum: whoever takes less still gets it. */
function tipOf(
  { id, tipMax }: Permit,
  tipMin: bigint,
  wanted: bigint | undefined,
): bigint | undefined {
  if (wanted !== undefined) return tipFor(id, tipMax, wanted > tipMin ? wanted : tipMin);
  const tip = tipFor(id, tipMax);
  return tip === undefined || tip >= tipMin ? tip : tipFor(id, tipMax, tipMin);
}

function keyOf(of: Pick<SwapTemplate, 'market' | 'side' | 'route'>): string {
  return `${of.market}|${of.side}|${of.route}`;
}
