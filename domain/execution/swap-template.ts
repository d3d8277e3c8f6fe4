/** A signed v0 transaction with gaps: 1 signature count byte, 64 signature bytes, then the message. */
export type SwapTemplate = {
  readonly market: string;
  readonly side: 'buy' | 'sell';
  readonly route: 'protected' | 'fast';
  readonly mintIn: string;
  readonly mintOut: string;
  readonly wire: Uint8Array;
  /** Positions in `wire`, each proven by compiling the same transaction with other values. */
  readonly offsets: TemplateOffsets;
};

export type TemplateOffsets = {
  readonly blockhash: number;
  readonly amountIn: number;
  readonly minAmountOut: number;
  readonly unitPrice: number;
  readonly tip: number;
  readonly tipAccount: number;
};

export const SIGNATURE_OFFSET = 1;
export const MESSAGE_OFFSET = 65;
