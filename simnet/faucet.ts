import { createHash, createPrivateKey, createPublicKey, randomInt, sign } from 'node:crypto';
import { encodeBase58 } from '../domain/shared/base58.ts';
import { SENDER_TIP_ACCOUNTS, SYSTEM_PROGRAM, TIP_ACCOUNTS } from './addresses.ts';
import type { Accounts } from './state/accounts.ts';
import { decodeTransaction } from './transaction/decode.ts';
import { encodeMessage } from './transaction/encode.ts';
import type { Transaction } from './transaction/message.ts';

/** An Ed25519 seed in PKCS#8 form: this prefix, then 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const FAUCET_LAMPORTS = 10n ** 18n;
/** Without rent a small tip would fail with InsufficientFundsForRent. */
const TIP_ACCOUNT_LAMPORTS = 1_000_000_000n;
const SYSTEM_TRANSFER = 2;
/** Far below what the faucet holds: it must be able to send itself this much. */
const UNIQUE_MAX = 2 ** 47;

const KEY = createPrivateKey({
  key: Buffer.concat([
    PKCS8_PREFIX,
    createHash('sha256').update('overmind simnet faucet').digest(),
  ]),
  format: 'der',
  type: 'pkcs8',
});

/** Paper money. Its key is public knowledge by design: it exists in simnet only. */
export const FAUCET_ADDRESS = encodeBase58(
  createPublicKey(KEY).export({ format: 'der', type: 'spki' }).subarray(-32),
);

/** Adds lamports without a transaction: the recipient's history does not show it. */
export function giveLamports(accounts: Accounts, to: string, lamports: bigint): void {
  const account = accounts.read(to);
  accounts.write(to, {
    lamports: (account?.lamports ?? 0n) + lamports,
    data: account?.data ?? new Uint8Array(),
    owner: account?.owner ?? SYSTEM_PROGRAM,
    executable: account?.executable ?? false,
  });
}

/** What exists from the first slot on. */
export function fundGenesis(accounts: Accounts): void {
  giveLamports(accounts, FAUCET_ADDRESS, FAUCET_LAMPORTS);
  fundTipAccounts(accounts);
}

/** Those that are not there yet: a chain may have begun before its Sender did. */
export function fundTipAccounts(accounts: Accounts): void {
  for (const account of [...TIP_ACCOUNTS, ...SENDER_TIP_ACCOUNTS]) {
    if (!accounts.read(account)) giveLamports(accounts, account, TIP_ACCOUNT_LAMPORTS);
  }
}

/** A signed transfer, for clients that wait for an airdrop's signature. */
export function faucetTransfer(to: string, lamports: bigint, blockhash: string): Transaction {
  const data = Buffer.alloc(12);
  data.writeUInt32LE(SYSTEM_TRANSFER, 0);
  data.writeBigUInt64LE(lamports, 4);
  // A second instruction of a random amount to itself, or two equal airdrops would be one.
  const unique = Buffer.from(data);
  unique.writeBigUInt64LE(BigInt(randomInt(1, UNIQUE_MAX)), 4);
  const message = encodeMessage({
    version: 'legacy',
    header: { signers: 1, readonlySigners: 0, readonlyOthers: 1 },
    staticKeys: [FAUCET_ADDRESS, to, SYSTEM_PROGRAM],
    blockhash,
    instructions: [
      { programIndex: 2, accounts: [0, 1], data },
      { programIndex: 2, accounts: [0, 0], data: unique },
    ],
    lookups: [],
  });
  return decodeTransaction(Buffer.concat([Buffer.of(1), sign(null, message, KEY), message]));
}
