import { encodeBase58 } from '../../domain/shared/base58.ts';
import type { Chain } from '../chain.ts';
import { invalidParams, RPC, RpcFault } from '../rpc-fault.ts';
import { readCommitment, type Blocks, type Commitment } from '../state/blocks.ts';
import { transactionOf, type LandedTransaction, type TokenBalance } from '../state/history.ts';
import type { Transaction } from '../transaction/message.ts';
import type { TransactionError } from '../transaction/transaction-error.ts';
import { uiAmount } from './account-view.ts';
import type { Methods } from './methods.ts';
import { configAt, keyFrom, listFrom, signatureFrom, wholeNumberFrom } from './params.ts';

const SIGNATURES_A_CALL_MAX = 256;
const SIGNATURES_A_PAGE_MAX = 1_000;

export function createHistoryMethods({ history, blocks }: Chain): Methods {
  return {
    getSignatureStatuses(params) {
      const signatures = listFrom(params[0], 'signatures', SIGNATURES_A_CALL_MAX);
      const value = signatures.map((signature) => {
        const landed = history.find(signatureFrom(signature, 'signatures'));
        return landed ? statusOf(landed, blocks) : null;
      });
      return { context: { slot: blocks.slot() }, value };
    },
    getSignaturesForAddress(params) {
      const config = configAt(params, 1);
      const commitment = notProcessed(config['commitment']);
      const limit = wholeNumberFrom(config['limit'] ?? SIGNATURES_A_PAGE_MAX, 'limit', 1_000);
      const list = history
        .of(keyFrom(params[0], 'address'))
        .filter(({ slot }) => slot <= blocks.slotAt(commitment))
        .toReversed(); // Newest first.
      const placeOf = (field: string): number => {
        if (config[field] === undefined || config[field] === null) return -1;
        const id = signatureFrom(config[field], field);
        return list.findIndex((landed) => landed.id === id);
      };
      const until = placeOf('until');
      const page = list.slice(placeOf('before') + 1, until < 0 ? undefined : until);
      return page.slice(0, limit).map(({ id, execution, slot, unixSeconds }) => ({
        signature: id,
        slot,
        err: execution.err,
        memo: null,
        blockTime: unixSeconds,
        confirmationStatus: blocks.commitmentOf(slot),
      }));
    },
    getTransaction(params) {
      const config = typeof params[1] === 'string' ? { encoding: params[1] } : configAt(params, 1);
      const commitment = notProcessed((config as { commitment?: unknown }).commitment);
      const landed = history.find(signatureFrom(params[0], 'signature'));
      if (!landed || landed.slot > blocks.slotAt(commitment)) return null;
      return transactionView(landed, config as Readonly<Record<string, unknown>>);
    },
  };
}

/** History is only served for what a majority has voted on. */
function notProcessed(value: unknown): Commitment {
  const commitment = readCommitment(value);
  if (commitment !== 'processed') return commitment;
  throw invalidParams('Method does not support commitment below `confirmed`');
}

function statusOf({ slot, execution }: LandedTransaction, blocks: Blocks) {
  const commitment = blocks.commitmentOf(slot);
  return {
    slot,
    confirmations: commitment === 'finalized' ? null : blocks.slot() - slot,
    err: execution.err,
    status: resultOf(execution.err),
    confirmationStatus: commitment,
  };
}

const resultOf = (err: TransactionError | null) => (err === null ? { Ok: null } : { Err: err });

function transactionView(landed: LandedTransaction, config: Readonly<Record<string, unknown>>) {
  const { execution, slot, unixSeconds } = landed;
  const transaction = transactionOf(landed);
  const { message } = transaction;
  const versionMax = config['maxSupportedTransactionVersion'];
  if (versionMax === undefined && message.version !== 'legacy') {
    throw new RpcFault(
      RPC.version,
      'Transaction version (0) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
    );
  }
  return {
    slot,
    blockTime: unixSeconds,
    ...(versionMax === undefined ? {} : { version: message.version }),
    transaction: encodedTransaction(transaction, config['encoding'] ?? 'json'),
    meta: {
      err: execution.err,
      status: resultOf(execution.err),
      fee: Number(execution.fee),
      preBalances: landed.preBalances.map(Number),
      postBalances: landed.postBalances.map(Number),
      preTokenBalances: landed.preTokens.map(tokenView),
      postTokenBalances: landed.postTokens.map(tokenView),
      innerInstructions: [],
      logMessages: execution.logs,
      rewards: [],
      loadedAddresses: execution.keys.loaded,
      computeUnitsConsumed: Number(execution.units),
    },
  };
}

function tokenView({ amount, decimals, ...rest }: TokenBalance) {
  return { ...rest, uiTokenAmount: uiAmount(amount, decimals) };
}

function encodedTransaction({ wire, signatures, message }: Transaction, encoding: unknown) {
  if (encoding === 'base64') return [Buffer.from(wire).toString('base64'), 'base64'];
  if (encoding !== 'json') {
    throw invalidParams(`encoding ${JSON.stringify(encoding)} is not served; use json or base64`);
  }
  const { header, staticKeys, blockhash, instructions, lookups } = message;
  return {
    signatures: signatures.map(encodeBase58),
    message: {
      header: {
        numRequiredSignatures: header.signers,
        numReadonlySignedAccounts: header.readonlySigners,
        numReadonlyUnsignedAccounts: header.readonlyOthers,
      },
      accountKeys: staticKeys,
      recentBlockhash: blockhash,
      instructions: instructions.map(({ programIndex, accounts, data }) => ({
        programIdIndex: programIndex,
        accounts,
        data: encodeBase58(data),
        stackHeight: null,
      })),
      ...(message.version === 0
        ? {
            addressTableLookups: lookups.map(({ table, writable, readonly }) => ({
              accountKey: table,
              writableIndexes: writable,
              readonlyIndexes: readonly,
            })),
          }
        : {}),
    },
  };
}
