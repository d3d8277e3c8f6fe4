import { encodeBase58 } from '../../domain/shared/base58.ts';

/** A part of the bytes and where it begins in them. */
export type Part = { readonly at: number; readonly bytes: Uint8Array };

export type Key = {
  readonly address: string;
  readonly isSigner: boolean;
  readonly isWritable: boolean;
  /** Where its 32 bytes begin. */
  readonly at: number;
};

export type DecodedInstruction = {
  readonly program: Key;
  readonly accounts: readonly Key[];
  readonly data: Part;
};

export type DecodedTransaction = {
  readonly keys: readonly Key[];
  readonly blockhash: Part;
  readonly instructions: readonly DecodedInstruction[];
};

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const VERSION_0 = 0x80;

/**
 * Reads a v0 transaction with one signature and no lookup table; throws a plain `Error` with what it
 * found for anything else. Its own reading of the format on purpose: the encoder may be wrong, and a
 * check that shares code with it would be wrong in the same place.
 */
export function decodeTransaction(wire: Uint8Array): DecodedTransaction {
  const reader = createReader(wire);
  const signatures = reader.length();
  if (signatures !== 1) throw new Error(`${signatures} signatures`);
  reader.part(SIGNATURE_BYTES);
  const version = reader.byte();
  if (version !== VERSION_0) throw new Error(`message version byte ${version}`);
  const keys = readKeys(reader);
  const blockhash = reader.part(KEY_BYTES);

  const keyAt = (index: number): Key => {
    const key = keys[index];
    if (!key) throw new Error(`account ${index} of ${keys.length}`);
    return key;
  };
  const instructions = reader.list((): DecodedInstruction => {
    const program = keyAt(reader.byte());
    const accounts = reader.list(() => keyAt(reader.byte()));
    return { program, accounts, data: reader.part(reader.length()) };
  });
  const tables = reader.length();
  if (tables > 0) throw new Error(`lookup table ${encodeBase58(reader.part(KEY_BYTES).bytes)}`);
  if (reader.left() > 0) throw new Error(`${reader.left()} bytes behind the message`);
  return { keys, blockhash, instructions };
}

/** Signers first, of them the writable ones first; then the others, again the writable ones first. */
function readKeys(reader: Reader): readonly Key[] {
  const signers = reader.byte();
  const readonlySigners = reader.byte();
  const readonlyOthers = reader.byte();
  const parts = reader.list(() => reader.part(KEY_BYTES));
  const keys = parts.map(({ at, bytes }, index): Key => {
    const isSigner = index < signers;
    const writableEnd = isSigner ? signers - readonlySigners : parts.length - readonlyOthers;
    return { address: encodeBase58(bytes), isSigner, isWritable: index < writableEnd, at };
  });
  const addresses = new Set(keys.map(({ address }) => address));
  if (addresses.size !== keys.length) throw new Error('an account is listed twice');
  return keys;
}

type Reader = ReturnType<typeof createReader>;

function createReader(wire: Uint8Array) {
  let at = 0;
  const part = (length: number): Part => {
    if (at + length > wire.length) throw new Error(`cut off at byte ${wire.length}`);
    at += length;
    return { at: at - length, bytes: wire.subarray(at - length, at) };
  };
  const byte = (): number => part(1).bytes[0] ?? 0;
  /** One byte holds every length of a transaction of ours. */
  const length = (): number => {
    const value = byte();
    if (value > 0x7f) throw new Error(`a length of more than one byte at ${at - 1}`);
    return value;
  };
  return {
    part,
    byte,
    length,
    list: <Item>(read: () => Item): readonly Item[] => Array.from({ length: length() }, read),
    left: () => wire.length - at,
  };
}
