import type { Chain } from '../chain.ts';
import type { Faults } from '../faults.ts';
import type { Intake } from '../intake.ts';
import { createAccountMethods } from './account-methods.ts';
import { createBlockMethods } from './block-methods.ts';
import { createFaucetMethods } from './faucet-methods.ts';
import { createHistoryMethods } from './history-methods.ts';
import type { Params } from './params.ts';
import { createSendMethods } from './send-methods.ts';

export type Caller = { readonly port: number };
export type Method = (params: Params, caller: Caller) => unknown;
export type Methods = Readonly<Record<string, Method>>;

export type MethodDeps = {
  readonly chain: Chain;
  readonly intake: Intake;
  readonly faults: Faults;
  /** Opens a slot now and starts the slot timer anew. */
  readonly openSlot: (write: () => void) => number;
};

/** Everything that JSON-RPC answers over HTTP. */
export function createMethods(deps: MethodDeps): Methods {
  return {
    ...createBlockMethods(deps.chain),
    ...createAccountMethods(deps.chain),
    ...createHistoryMethods(deps.chain),
    ...createSendMethods(deps),
    ...createFaucetMethods(deps),
  };
}
