import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { quoteBaseInput, type CpmmPool } from '../../../domain/execution/venues/raydium-cpmm.ts';
import {
  MESSAGE_OFFSET,
  SIGNATURE_OFFSET,
  type SwapTemplate,
  type TemplateOffsets,
} from '../../../domain/execution/swap-template.ts';
import type {
  ChainReader,
  ChainTransaction,
  SignatureStatus,
} from '../../../domain/settlement/chain-reader.ts';
import { BLOCKHASH_LIFE_BLOCKS } from '../../../domain/settlement/proof-of-end.ts';
import type { AssetDelta } from '../../../domain/settlement/settlement.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { lamports } from '../../../domain/shared/units.ts';
import { aPool } from '../../support/permits.ts';
import type { Owner, Remote, Sim } from './sim.ts';

export const SLOT_MS = 50;
/** Blocks until nothing can be rolled back, and until a status counts as confirmed. */
const FINALIZED_AFTER = 8;
const CONFIRMED_AFTER = 2;
const FEE = 9_000n;
export const ORIGINS = ['one', 'two'] as const;
export type OriginName = (typeof ORIGINS)[number];

/** Height in the first bytes, so that its end can be read back from the wire alone. */
export function blockhashAt(height: number): Buffer {
  const bytes = Buffer.alloc(32, 7);
  bytes.writeDoubleLE(height, 0);
  return bytes;
}

/** 200,000 SOL against 29.3 million USDC: the trades of the tests hardly move it. */
export function poolAt(slot: number, baseIsToken0: boolean, quoteReserve: bigint): CpmmPool {
  const base = 200_000_000_000_000n;
  const [vault0, vault1] = baseIsToken0 ? [base, quoteReserve] : [quoteReserve, base];
  return aPool({ slot, vault0, vault1 });
}

export type Sent = {
  readonly signature: string;
  /** Decoded from the bytes; `template` is found by their shape. */
  readonly amountIn: bigint;
  readonly minAmountOut: bigint;
  readonly tip: bigint;
  readonly lastValidHeight: number;
  readonly template: SwapTemplate;
};

type Included = Sent & {
  readonly slot: number;
  readonly error: string | undefined;
  readonly amountOut: bigint;
};

export type ChainDeps = {
  readonly sim: Sim;
  readonly templates: readonly SwapTemplate[];
  readonly baseIsToken0: boolean;
  /** Each inclusion, also one that a fork takes back later. */
  readonly onIncluded: (sent: Sent) => void;
};

/** A cluster with two RPC origins, one of which may lag or lie. Block height and slot are one here. */
export function createChain({ sim, templates, baseIsToken0, onIncluded }: ChainDeps) {
  const pending = new Map<string, Sent>();
  const included = new Map<string, Included>();
  const firstHeight = 1_000;
  let quoteReserve = 29_300_000_000_000n;
  const lies = {
    /** Slots that an origin is behind. */
    lag: new Map<OriginName, number>(),
    /** An origin that knows no status of anything. */
    forgetful: undefined as OriginName | undefined,
    /** An origin that calls every height finalized. */
    hasty: undefined as OriginName | undefined,
  };

  const height = (): number => firstHeight + Math.floor(sim.nowMs / SLOT_MS);
  const seenBy = (origin: OriginName): number => height() - (lies.lag.get(origin) ?? 0);

  const decode = (wire: Buffer): Sent => {
    const template = templates.find((one) => isOf(wire, one));
    if (!template) throw new Error('bytes on the wire are of no template');
    const { offsets } = template;
    return {
      signature: encodeBase58(wire.subarray(SIGNATURE_OFFSET, MESSAGE_OFFSET)),
      amountIn: wire.readBigUInt64LE(offsets.amountIn),
      minAmountOut: wire.readBigUInt64LE(offsets.minAmountOut),
      tip: wire.readBigUInt64LE(offsets.tip),
      lastValidHeight: wire.readDoubleLE(offsets.blockhash) + BLOCKHASH_LIFE_BLOCKS,
      template,
    };
  };

  const transactionOf = (one: Included): ChainTransaction => {
    const { mintIn, mintOut } = one.template;
    const fees: AssetDelta = { asset: 'SOL', amount: -FEE - (one.error ? 0n : one.tip) };
    const swap = [
      { asset: mintIn, amount: -one.amountIn },
      { asset: mintOut, amount: one.amountOut },
    ];
    return {
      signature: one.signature,
      slot: one.slot,
      ...(one.error === undefined ? {} : { error: one.error }),
      feeLamports: lamports(FEE),
      deltas: one.error === undefined ? [fees, ...swap] : [fees],
      payments: [{ to: 'tip', amount: one.tip }],
    };
  };

  const statusFrom = (origin: OriginName, signature: string): SignatureStatus | undefined => {
    const one = included.get(signature);
    const depth = one ? seenBy(origin) - one.slot : -1;
    if (!one || depth < 0 || lies.forgetful === origin) return undefined;
    const commitment =
      depth >= FINALIZED_AFTER ? 'finalized' : depth >= CONFIRMED_AFTER ? 'confirmed' : 'processed';
    const error = one.error === undefined ? {} : { error: one.error };
    return { signature, slot: one.slot, commitment, ...error };
  };

  const finalizedBy = (origin: OriginName): number =>
    seenBy(origin) - (lies.hasty === origin ? 0 : FINALIZED_AFTER);

  const reader = (owner: Owner, fate: () => Remote): ChainReader => {
    const ask = <Answer>(effect: () => Answer): Promise<Answer> =>
      sim.remote(owner, effect, fate());
    const history = (origin: OriginName) =>
      [...included.values()]
        .filter(({ slot }) => slot <= finalizedBy(origin) && lies.forgetful !== origin)
        .map(({ signature, slot }) => ({ signature, slot }));
    return {
      origins: ORIGINS,
      readGenesisHash: () => ask(() => 'model'),
      readHeight: () => ask(() => ({ origin: 'one', slot: seenBy('one'), height: seenBy('one') })),
      readFinalizedHeight: () =>
        ask(() =>
          ORIGINS.map((origin) => {
            const at = finalizedBy(origin);
            return { origin, slot: at, height: at };
          }),
        ),
      readSignatureStatuses: (signatures) =>
        ask(() =>
          ORIGINS.map((origin) => ({
            origin,
            slot: seenBy(origin),
            found: signatures
              .map((signature) => statusFrom(origin, signature))
              .filter((status) => status !== undefined),
          })),
        ),
      readTransaction: (signature) =>
        ask(() => {
          const one = included.get(signature);
          const isConfirmed =
            one && ORIGINS.some((origin) => seenBy(origin) - one.slot >= CONFIRMED_AFTER);
          return isConfirmed ? transactionOf(one) : undefined;
        }),
      readWalletSignatures: () => ask(() => history('one')),
      readWalletHistories: () =>
        ask(() => ORIGINS.map((origin) => ({ origin, signatures: history(origin) }))),
      readBalances: () => ask(() => ({ slot: finalizedBy('one'), balances: [] })),
    };
  };

  return {
    reader,
    lies,
    decode,
    get height() {
      return height();
    },
    get pool() {
      return poolAt(height(), baseIsToken0, quoteReserve);
    },
    movePrice(share: bigint): void {
      quoteReserve = (quoteReserve * share) / 100n;
    },
    quote(side: 'buy' | 'sell', amountIn: bigint): bigint {
      const zeroForOne = (side === 'sell') === baseIsToken0;
      return quoteBaseInput(this.pool, zeroForOne, amountIn)?.amountOut ?? 0n;
    },

    /** Bytes that reached a leader. The same bytes again change nothing. */
    receive(wire: Buffer): void {
      const sent = decode(wire);
      if (!included.has(sent.signature)) pending.set(sent.signature, sent);
    },
    get pendingCount() {
      return pending.size;
    },
    /** One of those that wait is put into a block, or is dead already. */
    includeOne(at: number, fails: boolean): void {
      const sent = [...pending.values()][at];
      if (!sent) return;
      pending.delete(sent.signature);
      if (height() > sent.lastValidHeight) return;
      const out = this.quote(sent.template.side, sent.amountIn);
      const slippage = out < sent.minAmountOut;
      const error = fails ? 'AccountInUse' : slippage ? 'ExceededSlippage' : undefined;
      included.set(sent.signature, { ...sent, slot: height(), error, amountOut: out });
      onIncluded(sent);
    },
    dropOne(at: number): void {
      const sent = [...pending.values()][at];
      if (sent) pending.delete(sent.signature);
    },
    /** A fork: what is not confirmed yet never happened, and may happen again. */
    rollBack(): void {
      for (const one of included.values()) {
        if (height() - one.slot >= CONFIRMED_AFTER) continue;
        included.delete(one.signature);
        pending.set(one.signature, one);
      }
    },
    get history(): readonly ChainTransaction[] {
      return [...included.values()].map(transactionOf);
    },
    isFinal: (slot: number) => height() - slot >= FINALIZED_AFTER,
    isIncluded: (signature: string) => included.has(signature),
    canStillLand: (signature: string, lastValidHeight: number) =>
      !included.has(signature) && height() <= lastValidHeight,
  };
}

export type Chain = ReturnType<typeof createChain>;

export const chainError = (): Error =>
  new OvermindError('chain/unreachable', { url: 'model', method: 'any', fault: 'away' });

const PATCHED: Readonly<Record<keyof TemplateOffsets, number>> = {
  blockhash: 32,
  amountIn: 8,
  minAmountOut: 8,
  unitPrice: 8,
  tip: 8,
  tipAccount: 32,
};

/** The same bytes apart from what is patched in. */
function isOf(wire: Buffer, { wire: bytes, offsets }: SwapTemplate): boolean {
  if (wire.length !== bytes.length) return false;
  const unpatched = Buffer.from(wire);
  for (const [field, length] of Object.entries(PATCHED)) {
    const at = offsets[field as keyof TemplateOffsets]; // The keys of `PATCHED`, no others.
    unpatched.set(bytes.subarray(at, at + length), at);
  }
  return unpatched.subarray(MESSAGE_OFFSET).equals(Buffer.from(bytes).subarray(MESSAGE_OFFSET));
}
