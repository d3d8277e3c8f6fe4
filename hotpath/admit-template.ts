import { UNIT_LIMIT } from '../domain/execution/fees.ts';
import type { SwapTemplate } from '../domain/execution/swap-template.ts';
import type { Market } from '../domain/market/market.ts';
import type { Brand } from '../domain/shared/brand.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import {
  AMOUNT_IN_AT,
  CPMM_PROGRAM,
  cpmmSwapAccounts,
  MIN_AMOUNT_OUT_AT,
  SWAP_DATA_BYTES,
  SWAP_MARK,
  type ExpectedAccount,
} from './shape/cpmm-swap-accounts.ts';
import {
  decodeTransaction,
  type DecodedInstruction,
  type DecodedTransaction,
  type Key,
} from './shape/decode-message.ts';

/** A template whose bytes were read and found to be this swap and nothing else. */
export type AdmittedTemplate = Brand<SwapTemplate, 'AdmittedTemplate'>;

export type Admission = { readonly wallet: string; readonly markets: readonly Market[] };

const COMPUTE_BUDGET = 'ComputeBudget111111111111111111111111111111';
const SYSTEM_PROGRAM = '11111111111111111111111111111111';
const DONT_FRONT = 'jitodontfront111111111111111111111111111111';
const WIRE_BYTES_MAX = 1_232;
/** Marks of the three other instructions: one byte, one byte, and a u32. */
const UNIT_LIMIT_DATA = Buffer.from([2, 0, 0, 0, 0]);
UNIT_LIMIT_DATA.writeUInt32LE(UNIT_LIMIT, 1);
const UNIT_PRICE_MARK = Buffer.from([3]);
const TRANSFER_MARK = Buffer.from([2, 0, 0, 0]);

type Parts = {
  readonly price: DecodedInstruction;
  readonly swap: DecodedInstruction;
  readonly tip: DecodedInstruction;
  readonly tipAccount: Key;
};

/**
 * Reads each template's bytes before any of them can be signed: programs, signer, payer, accounts,
 * destinations, and that the gaps are where the values belong. Throws
 * `execution/invalid-template` with the first thing that is not as it must be.
 */
export function admitTemplates(
  templates: readonly SwapTemplate[],
  admission: Admission,
): readonly AdmittedTemplate[] {
  return templates.map((template) => {
    const { market, side, route } = template;
    try {
      checkShape(template, admission);
      return template as AdmittedTemplate; // The brand's own constructor.
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause);
      const fault = `${side}, ${route}: found ${found}`;
      throw new OvermindError('execution/invalid-template', { market, fault }, { cause });
    }
  });
}

function checkShape(template: SwapTemplate, { wallet, markets }: Admission): void {
  const market = markets.find(({ id }) => id === template.market);
  if (!market) throw new Error('no such market in the registry');
  const { base, quote } = market;
  const [mintIn, mintOut] =
    template.side === 'buy' ? [quote.mint, base.mint] : [base.mint, quote.mint];
  expectSame('mint in', template.mintIn, mintIn);
  expectSame('mint out', template.mintOut, mintOut);
  if (template.wire.length > WIRE_BYTES_MAX) throw new Error(`${template.wire.length} bytes`);

  const transaction = decodeTransaction(template.wire);
  const accounts = cpmmSwapAccounts(market, wallet, { mintIn, mintOut });
  expectSame('fee payer', transaction.keys[0]?.address ?? 'none', wallet);
  const parts = checkInstructions(transaction, template, accounts);
  checkKeys(transaction.keys, [
    ...accounts,
    { role: 'tip account', address: parts.tipAccount.address, isWritable: true },
    ...[CPMM_PROGRAM, COMPUTE_BUDGET, SYSTEM_PROGRAM].map(asProgram),
    ...(template.route === 'protected' ? [asProgram(DONT_FRONT)] : []),
  ]);
  checkOffsets(template, transaction, parts);
}

const asProgram = (address: string) => ({ role: 'program', address, isWritable: false });

/** Exactly four, each with its program, accounts and fixed bytes. */
function checkInstructions(
  { instructions, keys }: DecodedTransaction,
  { route }: SwapTemplate,
  accounts: readonly ExpectedAccount[],
): Parts {
  const programs = [COMPUTE_BUDGET, COMPUTE_BUDGET, CPMM_PROGRAM, SYSTEM_PROGRAM];
  instructions.forEach(({ program, data }, at) => {
    if (program.address === programs[at]) return;
    const bytes = Buffer.from(data.bytes).toString('hex');
    throw new Error(`instruction ${at + 1} for program ${program.address} with ${bytes}`);
  });
  const [limit, price, swap, tip] = instructions;
  if (!limit || !price || !swap || !tip) throw new Error(`${instructions.length} instructions`);

  expectData('unit limit', limit, UNIT_LIMIT_DATA, UNIT_LIMIT_DATA.length);
  expectData('unit price', price, UNIT_PRICE_MARK, 9);
  expectData('swap', swap, SWAP_MARK, SWAP_DATA_BYTES);
  expectData('tip', tip, TRANSFER_MARK, 12);
  expectAccounts('unit limit', limit, []);
  expectAccounts('unit price', price, []);
  expectAccounts('swap', swap, accounts);

  const [, tipAccount] = tip.accounts;
  if (!tipAccount) throw new Error('a tip for no account');
  const payer = { role: 'payer', address: keys[0]?.address ?? '', isWritable: true };
  const tipped = { role: 'tip account', address: tipAccount.address, isWritable: true };
  const marks = route === 'protected' ? [asProgram(DONT_FRONT)] : [];
  expectAccounts('tip', tip, [payer, tipped, ...marks]);
  // Its bytes are patched: it must not stand for anything else of the transaction.
  if ([...accounts, ...programs.map(asProgram)].some(({ address }) => address === tipped.address)) {
    throw new Error(`tip account ${tipped.address}, which has another role`);
  }
  return { price, swap, tip, tipAccount };
}

/** Nobody signs but the payer, nothing is writable but what must be, and nothing else is there. */
function checkKeys(keys: readonly Key[], expected: readonly ExpectedAccount[]): void {
  const byAddress = new Map(expected.map((account) => [account.address, account]));
  keys.forEach(({ address, isSigner, isWritable }, at) => {
    const account = byAddress.get(address);
    if (!account) throw new Error(`account ${address}, which has no role`);
    if (isSigner !== (at === 0)) throw new Error(`signer ${address}`);
    if (isWritable === account.isWritable) return;
    throw new Error(`${account.role} ${address} ${isWritable ? 'writable' : 'not writable'}`);
  });
}

function checkOffsets(
  { offsets }: SwapTemplate,
  { blockhash }: DecodedTransaction,
  { price, swap, tip, tipAccount }: Parts,
): void {
  const places: { readonly [Field in keyof typeof offsets]: number } = {
    blockhash: blockhash.at,
    amountIn: swap.data.at + AMOUNT_IN_AT,
    minAmountOut: swap.data.at + MIN_AMOUNT_OUT_AT,
    unitPrice: price.data.at + UNIT_PRICE_MARK.length,
    tip: tip.data.at + TRANSFER_MARK.length,
    tipAccount: tipAccount.at,
  };
  for (const field of Object.keys(places) as (keyof typeof places)[]) {
    expectSame(`offset of ${field}`, String(offsets[field]), String(places[field]));
  }
}

function expectAccounts(
  what: string,
  { accounts }: DecodedInstruction,
  expected: readonly ExpectedAccount[],
): void {
  expected.forEach(({ role, address }, at) =>
    expectSame(`${role} of the ${what}`, accounts[at]?.address ?? 'none', address),
  );
  const extra = accounts[expected.length];
  if (extra) throw new Error(`extra account ${extra.address} of the ${what}`);
}

function expectData(
  what: string,
  { data }: DecodedInstruction,
  beginning: Uint8Array,
  length: number,
): void {
  const bytes = Buffer.from(data.bytes);
  if (bytes.length === length && bytes.subarray(0, beginning.length).equals(beginning)) return;
  throw new Error(`${what} with ${bytes.toString('hex')}`);
}

function expectSame(what: string, found: string, wanted: string): void {
  if (found !== wanted) throw new Error(`${what} ${found}, wants ${wanted}`);
}
