import { z } from 'zod';
import { OvermindError } from '../../domain/shared/errors.ts';

/** JSON numbers are exact up to 2^53; a balance above that is refused rather than rounded. */
const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** A transaction's error, of any shape: null means success. */
const error = z.unknown();

export const epochAnswer = z.object({ absoluteSlot: whole, blockHeight: whole });

export const statusesAnswer = z.object({
  context: z.object({ slot: whole }),
  value: z.array(
    z
      .object({
        slot: whole,
        err: error,
        confirmationStatus: z.enum(['processed', 'confirmed', 'finalized']).nullish(),
      })
      .nullable(),
  ),
});

export const signaturesAnswer = z.array(
  z.object({ signature: z.string(), slot: whole, err: error }),
);

const tokenBalance = z.object({
  mint: z.string(),
  owner: z.string().optional(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d{1,20}$/) }),
});

const instruction = z.object({
  programIdIndex: whole,
  accounts: z.array(whole),
  /** Base58. */
  data: z.string(),
});

export const transactionAnswer = z
  .object({
    slot: whole,
    transaction: z.object({
      message: z.object({
        accountKeys: z.array(z.string()),
        instructions: z.array(instruction),
      }),
    }),
    meta: z.object({
      err: error,
      fee: whole,
      preBalances: z.array(whole),
      postBalances: z.array(whole),
      preTokenBalances: z.array(tokenBalance).nullish(),
      postTokenBalances: z.array(tokenBalance).nullish(),
      loadedAddresses: z
        .object({ writable: z.array(z.string()), readonly: z.array(z.string()) })
        .nullish(),
    }),
  })
  .nullable();

export type TransactionAnswer = NonNullable<z.infer<typeof transactionAnswer>>;

export const balanceAnswer = z.object({ context: z.object({ slot: whole }), value: whole });

/** The first 72 bytes of token accounts: mint, owner, amount. */
export const tokenAccountsAnswer = z.object({
  context: z.object({ slot: whole }),
  value: z.array(
    z.object({ account: z.object({ data: z.tuple([z.string(), z.literal('base64')]) }) }),
  ),
});

/** The answer in the shape it must have, or `chain/refused`: half an answer is no answer. */
export function readAnswer<T>(schema: z.ZodType<T>, method: string, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new OvermindError('chain/refused', {
    method,
    code: 0,
    message: `unreadable answer: ${z.prettifyError(parsed.error)}`,
  });
}

export const errorText = (err: unknown): { readonly error?: string } =>
  err === null || err === undefined ? {} : { error: JSON.stringify(err) };
