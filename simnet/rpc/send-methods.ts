import type { Chain } from '../chain.ts';
import type { Execution } from '../bank.ts';
import { invalidParams } from '../rpc-fault.ts';
import { readMintDecimals } from '../token/token-layout.ts';
import { decodeTransaction } from '../transaction/decode.ts';
import { signaturesAreValid } from '../transaction/verify.ts';
import { accountView } from './account-view.ts';
import type { MethodDeps, Methods } from './methods.ts';
import { configAt, keyFrom, listFrom } from './params.ts';

type SendDeps = Pick<MethodDeps, 'chain' | 'intake'>;
type Config = Readonly<Record<string, unknown>>;

export function createSendMethods({ chain, intake }: SendDeps): Methods {
  return {
    sendTransaction(params, { port }) {
      const config = configAt(params, 1);
      const transaction = intake.read(params[0], config['encoding']);
      if (config['skipPreflight'] !== true) intake.preflight(transaction);
      intake.accept({ transactions: [transaction], atomic: false, port });
      return transaction.id;
    },
    simulateTransaction(params) {
      const config = configAt(params, 1);
      if (typeof params[0] !== 'string' || config['encoding'] !== 'base64') {
        throw invalidParams('send transactions with {"encoding":"base64"}');
      }
      const transaction = decodeTransaction(Buffer.from(params[0], 'base64'));
      const context = { slot: chain.blocks.slot() };
      const refused = (err: string) => ({
        context,
        value: { err, logs: [], accounts: null, unitsConsumed: 0, returnData: null },
      });
      if (config['sigVerify'] === true && !signaturesAreValid(transaction)) {
        return refused('SignatureFailure');
      }
      const replaced = config['replaceRecentBlockhash'] === true;
      if (!replaced && !chain.blocks.isAlive(transaction.message.blockhash)) {
        return refused('BlockhashNotFound');
      }
      return {
        context,
        value: chain.attempt(transaction, (execution) => ({
          err: execution.err,
          logs: execution.logs,
          accounts: accountsAfter(chain, execution, config),
          unitsConsumed: Number(execution.units),
          returnData: null,
          ...(replaced ? { replacementBlockhash: replacement(chain) } : {}),
        })),
      };
    },
  };
}

function replacement(chain: Chain) {
  const { blockhash, lastValidHeight } = chain.blocks.current();
  return { blockhash, lastValidBlockHeight: lastValidHeight };
}

/** The accounts a caller asked to see as the simulation left them. */
function accountsAfter(chain: Chain, { err }: Execution, config: Config) {
  if (config['accounts'] === undefined || config['accounts'] === null) return null;
  const wanted = config['accounts'] as Config; // Its fields are checked next.
  const addresses = listFrom(wanted['addresses'], 'accounts.addresses', 64);
  if (err !== null) return addresses.map(() => null);
  const decimalsOf = (mint: string) => readMintDecimals(chain.accounts.read(mint));
  return addresses.map((address) =>
    accountView(chain.accounts.read(keyFrom(address, 'accounts.addresses')), wanted, decimalsOf),
  );
}
