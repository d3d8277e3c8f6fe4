/** A legacy or v0 message, keys in base58. Instruction accounts index static keys, then loaded ones. */
export type Message = {
  readonly version: 'legacy' | 0;
  readonly header: {
    readonly signers: number;
    readonly readonlySigners: number;
    readonly readonlyOthers: number;
  };
  readonly staticKeys: readonly string[];
  readonly blockhash: string;
  readonly instructions: readonly Instruction[];
  readonly lookups: readonly Lookup[];
};

export type Instruction = {
  readonly programIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
};

export type Lookup = {
  readonly table: string;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
};

export type Transaction = {
  readonly wire: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  /** The first signature, base58: the transaction's id. */
  readonly id: string;
  readonly messageBytes: Uint8Array;
  readonly message: Message;
};
