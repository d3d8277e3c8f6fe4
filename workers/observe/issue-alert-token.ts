import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { recordServiceToken, revokeServiceToken } from '../../adapters/ledger/service-tokens.ts';
import { makeServiceToken } from '../../adapters/secrets/service-token.ts';

const NAME = 'alertmanager-here';

/** A token of the scope `alert`. What an earlier start was given is no longer taken. */
export async function issueAlertToken(pool: LedgerPool): Promise<string> {
  const { id, token, hash } = makeServiceToken();
  await revokeServiceToken(pool, NAME);
  await recordServiceToken(pool, { id, name: NAME, scopes: ['alert'], hash });
  return token;
}
