import { encodeBase58 } from '../../domain/shared/base58.ts';
import { invalidParams } from '../rpc-fault.ts';
import type { Instruction, Lookup, Message, Transaction } from './message.ts';

const TRANSACTION_BYTES_MAX = 1_232;

/** Reads what a client sent; refuses what a validator would not even parse. */
export function decodeTransaction(wire: Uint8Array): Transaction {
  if (wire.length > TRANSACTION_BYTES_MAX) {
    throw invalidParams(
      `base64 encoded transaction too large: ${wire.length} bytes (max: ${TRANSACTION_BYTES_MAX} bytes)`,
    );
  }
  const cursor = createCursor(wire);
  const signatures = cursor.list(() => cursor.bytes(64));
  const messageBytes = wire.subarray(cursor.at());
  const message = readMessage(cursor);
  if (cursor.at() !== wire.length) throw unreadable('bytes are left over');
  if (signatures.length !== message.header.signers) throw unreadable('wrong number of signatures');
  const first = signatures[0];
  if (!first) throw unreadable('no signature');
  return { wire, signatures, id: encodeBase58(first), messageBytes, message };
}

export function decodeMessage(bytes: Uint8Array): Message {
  const cursor = createCursor(bytes);
  const message = readMessage(cursor);
  if (cursor.at() !== bytes.length) throw unreadable('bytes are left over');
  return message;
}

type Cursor = ReturnType<typeof createCursor>;

function readMessage(cursor: Cursor): Message {
  const first = cursor.peek();
  const versioned = (first & 0x80) !== 0;
  if (versioned) {
    if (cursor.byte() !== 0x80) throw unreadable(`unsupported version ${first & 0x7f}`);
  }
  const header = {
    signers: cursor.byte(),
    readonlySigners: cursor.byte(),
    readonlyOthers: cursor.byte(),
  };
  const staticKeys = cursor.list(() => encodeBase58(cursor.bytes(32)));
  const blockhash = encodeBase58(cursor.bytes(32));
  const instructions = cursor.list((): Instruction => ({
    programIndex: cursor.byte(),
    accounts: cursor.list(() => cursor.byte()),
    data: cursor.bytes(cursor.length()),
  }));
  const lookups = versioned
    ? cursor.list((): Lookup => ({
        table: encodeBase58(cursor.bytes(32)),
        writable: cursor.list(() => cursor.byte()),
        readonly: cursor.list(() => cursor.byte()),
      }))
    : [];
  const message: Message = {
    version: versioned ? 0 : 'legacy',
    header,
    staticKeys,
    blockhash,
    instructions,
    lookups,
  };
  checkMessage(message);
  return message;
}

function checkMessage({ header, staticKeys, instructions, lookups }: Message): void {
  const { signers, readonlySigners, readonlyOthers } = header;
  if (signers === 0 || readonlySigners >= signers) throw unreadable('no writable fee payer');
  if (signers + readonlyOthers > staticKeys.length) throw unreadable('more signers than keys');
  if (new Set(staticKeys).size !== staticKeys.length) throw unreadable('a key occurs twice');
  const loaded = lookups.reduce((sum, { writable, readonly }) => {
    return sum + writable.length + readonly.length;
  }, 0);
  const keys = staticKeys.length + loaded;
  for (const { programIndex, accounts } of instructions) {
    // The payer runs nothing, and a program may not come from a lookup table.
    if (programIndex === 0 || programIndex >= staticKeys.length)
      throw unreadable('no such program');
    if (accounts.some((index) => index >= keys)) throw unreadable('no such account');
  }
}

function createCursor(bytes: Uint8Array) {
  let at = 0;
  const byte = (): number => {
    const value = bytes[at];
    if (value === undefined) throw unreadable('too short');
    at += 1;
    return value;
  };
  /** Solana's compact-u16: seven bits a byte, at most three bytes. */
  const length = (): number => {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const part = byte();
      value |= (part & 0x7f) << shift;
      if ((part & 0x80) === 0) return value;
    }
    throw unreadable('bad length');
  };
  return {
    byte,
    length,
    at: () => at,
    peek: () => bytes[at] ?? 0,
    bytes(count: number): Uint8Array {
      if (at + count > bytes.length) throw unreadable('too short');
      at += count;
      return bytes.subarray(at - count, at);
    },
    list<Item>(read: () => Item): Item[] {
      return Array.from({ length: length() }, read);
    },
  };
}

const unreadable = (fault: string) =>
  invalidParams(`failed to deserialize VersionedTransaction: ${fault}`);
