import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { encodeBase58 } from '../domain/shared/base58.ts';
import { SYSTEM_PROGRAM, TIP_ACCOUNTS } from './addresses.ts';
import type { Chain } from './chain.ts';
import { decodeTransaction } from './transaction/decode.ts';
import { encodeMessage } from './transaction/encode.ts';
import type { Transaction } from './transaction/message.ts';

/** An Ed25519 seed in PKCS#8 form: this prefix, then 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const FAUCET_LAMPORTS = 10n ** 18n;
/** Without rent a small tip would fail with InsufficientFundsForRent. */
const TIP_ACCOUNT_LAMPORTS = 1_000_000_000n;
const SYSTEM_TRANSFER = 2;

export type Faucet = ReturnType<typeof createFaucet>;

/** Paper money. Its key is public knowledge by design: it exists in simnet only. */
export function createFaucet(chain: Chain) {
  const seed = createHash('sha256').update('overmind simnet faucet').digest();
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const address = encodeBase58(spki.subarray(-32));
  const give = (to: string, lamports: bigint): void => {
    const account = chain.accounts.read(to);
    chain.accounts.write(to, {
      lamports: (account?.lamports ?? 0n) + lamports,
      data: account?.data ?? new Uint8Array(),
      owner: account?.owner ?? SYSTEM_PROGRAM,
      executable: account?.executable ?? false,
    });
  };
  give(address, FAUCET_LAMPORTS);
  for (const account of TIP_ACCOUNTS) give(account, TIP_ACCOUNT_LAMPORTS);
  let sent = 0n;

  return {
    address,
    /** Adds lamports without a transaction: the recipient's history does not show it. */
    give,
    /** A signed transfer, for clients that wait for an airdrop's signature. */
    transferTo(to: string, lamports: bigint): Transaction {
      sent += 1n;
      const data = Buffer.alloc(12);
      data.writeUInt32LE(SYSTEM_TRANSFER, 0);
      data.writeBigUInt64LE(lamports, 4);
      // A second instruction of a unique amount to itself, or two equal airdrops would be one.
      const unique = Buffer.from(data);
      unique.writeBigUInt64LE(sent, 4);
      const message = encodeMessage({
        version: 'legacy',
        header: { signers: 1, readonlySigners: 0, readonlyOthers: 1 },
        staticKeys: [address, to, SYSTEM_PROGRAM],
        blockhash: chain.blocks.current().blockhash,
        instructions: [
          { programIndex: 2, accounts: [0, 1], data },
          { programIndex: 2, accounts: [0, 0], data: unique },
        ],
        lookups: [],
      });
      return decodeTransaction(Buffer.concat([Buffer.of(1), sign(null, message, key), message]));
    },
  };
}
