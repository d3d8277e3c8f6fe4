import { decodeBase58 } from '../../domain/shared/base58.ts';
import type { Message } from './message.ts';

/** The message's bytes again, after its instructions were exchanged. */
export function encodeMessage(message: Message): Uint8Array {
  const { header, staticKeys, blockhash, instructions, lookups } = message;
  const out: number[] = message.version === 0 ? [0x80] : [];
  const length = (value: number): void => {
    let rest = value;
    while (rest > 0x7f) {
      out.push((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    out.push(rest);
  };
  const key = (text: string): void => {
    const bytes = decodeBase58(text, 32);
    if (!bytes) throw new Error(`no key: ${text}`);
    out.push(...bytes);
  };
  out.push(header.signers, header.readonlySigners, header.readonlyOthers);
  length(staticKeys.length);
  staticKeys.forEach(key);
  key(blockhash);
  length(instructions.length);
  for (const { programIndex, accounts, data } of instructions) {
    out.push(programIndex);
    length(accounts.length);
    out.push(...accounts);
    length(data.length);
    out.push(...data);
  }
  if (message.version === 0) {
    length(lookups.length);
    for (const { table, writable, readonly } of lookups) {
      key(table);
      length(writable.length);
      out.push(...writable);
      length(readonly.length);
      out.push(...readonly);
    }
  }
  return Uint8Array.from(out);
}
