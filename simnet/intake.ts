import type { Chain } from './chain.ts';
import type { Faults, MetFault } from './faults.ts';
import { RPC, RpcFault } from './rpc-fault.ts';
import { decodeTransaction } from './transaction/decode.ts';
import type { Transaction } from './transaction/message.ts';
import type { TransactionError } from './transaction/transaction-error.ts';
import { signaturesAreValid } from './transaction/verify.ts';

/** A raw transaction of 1,232 bytes is 1,644 letters of base64. */
const BASE64_LETTERS_MAX = 1_644;

export type Received = {
  readonly transactions: readonly Transaction[];
  readonly atomic: boolean;
  /** The port it came in by: faults can be told apart by it. */
  readonly port: number;
  /** As one bundle, whose id and state clients may ask for. */
  readonly bundle?: boolean;
};

export type Intake = ReturnType<typeof createIntake>;

/** The door: everything a client sends is checked here, meets its fault and waits for its slot. */
export function createIntake(chain: Chain, faults: Faults) {
  return {
    /** Decodes and verifies; refuses what no validator would forward. */
    read(text: unknown, encoding: unknown = 'base58'): Transaction {
      if (typeof text !== 'string')
        throw new RpcFault(RPC.invalidParams, 'transaction must be text');
      if (encoding !== 'base64') {
        // The old default costs milliseconds a transaction; no client of ours may rely on it.
        throw new RpcFault(RPC.invalidParams, 'send transactions with {"encoding":"base64"}');
      }
      if (text.length > BASE64_LETTERS_MAX) {
        throw new RpcFault(
          RPC.invalidParams,
          `base64 encoded transaction too large: ${text.length} letters (max: ${BASE64_LETTERS_MAX})`,
        );
      }
      return readBytes(Buffer.from(text, 'base64'));
    },
    readBytes,

    /** Simulates as a node does before it forwards; throws what the simulation found. */
    preflight(transaction: Transaction): void {
      const refuse = (err: TransactionError, logs: readonly string[], units: bigint): never => {
        throw new RpcFault(RPC.preflight, `Transaction simulation failed: ${describeError(err)}`, {
          err,
          logs,
          accounts: null,
          unitsConsumed: Number(units),
          returnData: null,
        });
      };
      const known = chain.history.find(transaction.id);
      if (known) refuse('AlreadyProcessed', [], 0n);
      if (!chain.blocks.isAlive(transaction.message.blockhash)) refuse('BlockhashNotFound', [], 0n);
      chain.attempt(transaction, ({ err, logs, units }) => err && refuse(err, logs, units));
    },

    /** Waits for the next slot, unless a fault says otherwise. */
    accept({ transactions, atomic, port, bundle = false }: Received): void {
      const first = transactions[0];
      if (!first) return;
      const fault = faults.meet(first.id, port, bundle);
      if (fault?.kind === 'limit') throw new RpcFault(RPC.limited, 'Rate limit exceeded');
      const isGone = fault?.kind === 'drop' || fault?.kind === 'expire';
      // What was orphaned comes back when its fault says so, not with the next copy.
      if (isGone || (fault?.kind === 'fork' && !fault.firstCopy)) {
        if (bundle && isGone) {
          chain.loseBundle(transactions, fault.kind === 'drop' ? 'dropped' : 'expired');
        }
        return;
      }
      const isLie = fault?.kind === 'invalid-bundle';
      const accepted = chain.enqueue({
        transactions,
        atomic,
        dueSlot: chain.blocks.slot() + (fault?.kind === 'delay' ? (fault.slots ?? 1) : 1),
        forceFailure: fault?.kind === 'fail',
        ...(fault?.kind === 'fork' ? { fork: forkOf(fault) } : {}),
        ...(bundle ? { bundle: isLie ? 'reported-invalid' : 'told' } : {}),
      });
      if (!accepted) throw new RpcFault(RPC.limited, 'Too many transactions are waiting');
    },
  };
}

/** Verifies, too; `decodeTransaction` refuses what is too long. */
function readBytes(bytes: Uint8Array): Transaction {
  const transaction = decodeTransaction(bytes);
  if (!signaturesAreValid(transaction)) {
    throw new RpcFault(RPC.signature, 'Transaction signature verification failure');
  }
  return transaction;
}

const forkOf = ({ slots }: MetFault) => (slots === undefined ? {} : { againAfterSlots: slots });

function describeError(err: TransactionError): string {
  if (typeof err === 'string') {
    if (err === 'BlockhashNotFound') return 'Blockhash not found';
    if (err === 'AlreadyProcessed') return 'This transaction has already been processed';
    return err;
  }
  if ('InstructionError' in err) {
    const [index, fault] = err.InstructionError;
    const what =
      typeof fault === 'string' ? fault : `custom program error: 0x${fault.Custom.toString(16)}`;
    return `Error processing Instruction ${index}: ${what}`;
  }
  return JSON.stringify(err);
}
