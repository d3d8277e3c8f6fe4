import { SYSTEM_PROGRAM, TIP_ACCOUNTS } from '../addresses.ts';
import type { Message } from './message.ts';

const SYSTEM_TRANSFER = 2;

/**
 * Lamports of each System transfer to one of these tip accounts, the block engine's unless others are
 * meant, that is named in the message itself: nobody who is tipped looks into a lookup table.
 */
export function tipsIn(
  { instructions, staticKeys }: Message,
  tipAccounts: readonly string[] = TIP_ACCOUNTS,
): readonly bigint[] {
  return instructions.flatMap(({ programIndex, accounts, data }) => {
    if (staticKeys[programIndex] !== SYSTEM_PROGRAM || data.length !== 12) return [];
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    if (bytes.readUInt32LE(0) !== SYSTEM_TRANSFER) return [];
    const isTip = tipAccounts.includes(staticKeys[accounts[1] ?? -1] ?? '');
    return isTip ? [bytes.readBigUInt64LE(4)] : [];
  });
}
