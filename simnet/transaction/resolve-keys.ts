import { encodeBase58 } from '../../domain/shared/base58.ts';
import { LOOKUP_TABLE_PROGRAM } from '../addresses.ts';
import type { Account } from '../state/account.ts';
import type { Message } from './message.ts';
import type { TransactionError } from './transaction-error.ts';

export type ResolvedKeys = {
  /** Static keys, then loaded writable ones, then loaded read-only ones. */
  readonly all: readonly string[];
  readonly loaded: { readonly writable: readonly string[]; readonly readonly: readonly string[] };
  readonly isWritable: (index: number) => boolean;
};

const TABLE_HEADER_BYTES = 56;

/** The keys that instruction account indices mean, lookup tables resolved. */
export function resolveKeys(
  { header, staticKeys, lookups }: Message,
  read: (address: string) => Account | undefined,
): ResolvedKeys | TransactionError {
  const writable: string[] = [];
  const readonly: string[] = [];
  for (const lookup of lookups) {
    const table = read(lookup.table);
    if (!table) return 'AddressLookupTableNotFound';
    if (table.owner !== LOOKUP_TABLE_PROGRAM) return 'InvalidAddressLookupTableOwner';
    const keyAt = (index: number): string | undefined => {
      const start = TABLE_HEADER_BYTES + index * 32;
      if (start + 32 > table.data.length) return undefined;
      return encodeBase58(table.data.subarray(start, start + 32));
    };
    for (const [indices, target] of [
      [lookup.writable, writable],
      [lookup.readonly, readonly],
    ] as const) {
      for (const index of indices) {
        const key = keyAt(index);
        if (key === undefined) return 'InvalidAddressLookupTableIndex';
        target.push(key);
      }
    }
  }
  const { signers, readonlySigners, readonlyOthers } = header;
  return {
    all: [...staticKeys, ...writable, ...readonly],
    loaded: { writable, readonly },
    isWritable: (index) =>
      index < staticKeys.length
        ? index < signers - readonlySigners ||
          (index >= signers && index < staticKeys.length - readonlyOthers)
        : index < staticKeys.length + writable.length,
  };
}
