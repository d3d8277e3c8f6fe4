import type { Lamports } from '../shared/units.ts';
import type { AssetDelta } from './settlement.ts';

/** Where an answer came from; proof of death needs several that are independent. */
export type Origin = string;

export type ChainHeight = {
  readonly origin: Origin;
  readonly slot: number;
  /** Block height: what a transaction's last valid height is measured in. */
  readonly height: number;
};

export type SignatureStatus = {
  readonly signature: string;
  readonly slot: number;
  readonly commitment: 'processed' | 'confirmed' | 'finalized';
  /** Why the transaction failed; absent when it succeeded. */
  readonly error?: string;
};

export type OriginStatuses = {
  readonly origin: Origin;
  /** The slot at which the origin looked; absence proves nothing about later ones. */
  readonly slot: number;
  /** Only signatures the origin knows. */
  readonly found: readonly SignatureStatus[];
};

export type ChainTransaction = {
  readonly signature: string;
  readonly slot: number;
  readonly error?: string;
  /** Base and priority fee; part of the `SOL` delta where the wallet is the payer. */
  readonly feeLamports: Lamports;
  /** The wallet's own: `SOL` for native lamports, then each mint it owns accounts of. Never zero. */
  readonly deltas: readonly AssetDelta[];
  /** Lamports that the wallet's own transfers name, whether or not the transaction failed. */
  readonly payments: readonly Payment[];
};

export type Payment = { readonly to: string; readonly amount: bigint };

export type WalletSignature = {
  readonly signature: string;
  readonly slot: number;
  readonly error?: string;
};

export type WalletBalances = { readonly slot: number; readonly balances: readonly AssetDelta[] };

export type WalletHistory = {
  readonly origin: Origin;
  readonly signatures: readonly WalletSignature[];
};

/**
 * Reads the wallet's truth from the chain. Where every origin is asked, those that did not answer
 * are absent from the result: compare with `origins` before silence is taken for proof.
 */
export type ChainReader = {
  readonly origins: readonly Origin[];
  /** The same on all origins, or `chain/wrong-cluster`. */
  readGenesisHash(): Promise<string>;
  /** Confirmed, from the first origin that answers. */
  readHeight(): Promise<ChainHeight>;
  /** Finalized, from every origin. */
  readFinalizedHeight(): Promise<readonly ChainHeight[]>;
  /** At most 256 signatures, history included, from every origin. */
  readSignatureStatuses(signatures: readonly string[]): Promise<readonly OriginStatuses[]>;
  /** Undefined until it has reached the configured commitment. */
  readTransaction(signature: string): Promise<ChainTransaction | undefined>;
  /** Finalized, newest first, down to but without `until`. */
  readWalletSignatures(options?: { readonly until?: string }): Promise<readonly WalletSignature[]>;
  /** As above, all of it, from every origin: that nothing is there must be everybody's word. */
  readWalletHistories(): Promise<readonly WalletHistory[]>;
  /** Finalized, all of one slot: `SOL` and every mint of which the wallet has an account. */
  readBalances(): Promise<WalletBalances>;
};
