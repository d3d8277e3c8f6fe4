import { invalidParams } from '../rpc-fault.ts';
import type { Account } from '../state/account.ts';
import { readTokenAccount } from '../token/token-layout.ts';

type Config = Readonly<Record<string, unknown>>;

/** Rent epoch of a rent-exempt account: u64 max, as far as JSON numbers reach. */
const RENT_EPOCH = 18_446_744_073_709_552_000;

export type MintDecimals = (mint: string) => number | undefined;

/** An account as `getAccountInfo` and `accountNotification` show it. */
export function accountView(
  account: Account | undefined,
  config: Config,
  decimalsOf: MintDecimals,
): object | null {
  if (!account) return null;
  const { lamports, data, owner, executable } = account;
  return {
    lamports: Number(lamports),
    owner,
    executable,
    rentEpoch: RENT_EPOCH,
    space: data.length,
    data: parsedData(account, config, decimalsOf) ?? encodedData(data, config),
  };
}

function encodedData(data: Uint8Array, { encoding, dataSlice }: Config): readonly string[] {
  if (encoding !== undefined && encoding !== 'base64' && encoding !== 'jsonParsed') {
    throw invalidParams(`encoding ${JSON.stringify(encoding)} is not served; use base64`);
  }
  let bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  if (typeof dataSlice === 'object' && dataSlice !== null) {
    const { offset, length } = dataSlice as Config; // Checked in the next line.
    if (typeof offset !== 'number' || typeof length !== 'number') throw invalidParams('dataSlice');
    bytes = bytes.subarray(offset, offset + length);
  }
  return [bytes.toString('base64'), 'base64'];
}

function parsedData(account: Account, config: Config, decimalsOf: MintDecimals) {
  if (config['encoding'] !== 'jsonParsed') return undefined;
  const token = readTokenAccount(account);
  if (!token) return undefined; // Everything else is answered in base64, as nodes do.
  const native = account.data[109] === 1;
  return {
    program: 'spl-token',
    space: account.data.length,
    parsed: {
      type: 'account',
      info: {
        isNative: native,
        mint: token.mint,
        owner: token.owner,
        state: account.data[108] === 2 ? 'frozen' : 'initialized',
        tokenAmount: uiAmount(token.amount, decimalsOf(token.mint) ?? 0),
      },
    },
  };
}

/** An amount in the four spellings of the RPC; only `amount` is exact. */
export function uiAmount(amount: bigint, decimals: number) {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return { amount: amount.toString(), decimals, uiAmount: Number(text), uiAmountString: text };
}
