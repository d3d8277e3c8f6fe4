import { SENDER_TIP_ACCOUNTS } from '../addresses.ts';
import type { Intake } from '../intake.ts';
import { invalidParams } from '../rpc-fault.ts';
import { readComputeBudget } from '../transaction/fees.ts';
import { tipsIn } from '../transaction/tip.ts';
import type { Methods } from './methods.ts';
import { configAt } from './params.ts';

/**
 * Helius Sender as far as a client sees it: it takes nothing that it would have to simulate or send
 * twice, and nothing that pays neither validators nor itself. `swqos_only` changes the roads beyond
 * it, of which there is one here.
 */
export function createHeliusSender(intake: Intake, tipMin: bigint): Methods {
  return {
    sendTransaction(params, { port }) {
      const { encoding, skipPreflight, maxRetries } = configAt(params, 1);
      if (skipPreflight !== true) throw invalidParams('skipPreflight must be true');
      if (maxRetries !== 0) throw invalidParams('maxRetries must be 0');
      const transaction = intake.read(params[0], encoding);
      const { message } = transaction;
      if (readComputeBudget(message).unitPrice === 0n) {
        throw invalidParams('transaction must set a compute unit price');
      }
      if (!tipsIn(message, SENDER_TIP_ACCOUNTS).some((lamports) => lamports >= tipMin)) {
        throw invalidParams(
          `transaction must send a tip of at least ${tipMin} lamports to one of the following ` +
            `Helius wallets: ${SENDER_TIP_ACCOUNTS.join(', ')}`,
        );
      }
      intake.accept({ transactions: [transaction], atomic: false, port });
      return transaction.id;
    },
  };
}
