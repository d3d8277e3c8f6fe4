import type { Payment } from '../../domain/settlement/chain-reader.ts';
import { decodeBase58 } from '../../domain/shared/base58.ts';
import type { TransactionAnswer } from './rpc-answers.ts';

const SYSTEM_PROGRAM = '11111111111111111111111111111111';
/** u32 instruction, u64 lamports, little-endian. */
const TRANSFER = { code: 2, length: 12, lamportsAt: 4 };

/** The transfers of lamports that a transaction's own instructions make from `wallet`. */
export function walletPayments(
  { transaction, meta }: TransactionAnswer,
  wallet: string,
): readonly Payment[] {
  const { accountKeys, instructions } = transaction.message;
  const keys = [
    ...accountKeys,
    ...(meta.loadedAddresses?.writable ?? []),
    ...(meta.loadedAddresses?.readonly ?? []),
  ];
  return instructions.flatMap(({ programIdIndex, accounts, data }) => {
    const [from = -1, to = -1] = accounts;
    if (keys[programIdIndex] !== SYSTEM_PROGRAM || keys[from] !== wallet) return [];
    const bytes = decodeBase58(data, TRANSFER.length);
    const view = bytes && new DataView(bytes.buffer);
    if (view?.getUint32(0, true) !== TRANSFER.code) return [];
    return [{ to: keys[to] ?? '', amount: view.getBigUint64(TRANSFER.lamportsAt, true) }];
  });
}
