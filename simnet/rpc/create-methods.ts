import { createAccountMethods } from './account-methods.ts';
import { createBlockMethods } from './block-methods.ts';
import { createFaucetMethods } from './faucet-methods.ts';
import { createHistoryMethods } from './history-methods.ts';
import type { MethodDeps, Methods } from './methods.ts';
import { createSendMethods } from './send-methods.ts';

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
