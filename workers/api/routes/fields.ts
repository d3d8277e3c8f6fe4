import { z } from 'zod';
import { REASON_LENGTH_MAX, REASON_WANTED, readReason } from '../../../domain/control/reason.ts';
import { OPERATOR_NAME } from '../../../domain/control/resume-statement.ts';

const U64_MAX = 2n ** 64n - 1n;
const WHOLE = /^(0|[1-9]\d{0,19})$/;

/** Base units, as a decimal string: a JSON number would lose digits. */
export const amount = z
  .string()
  .regex(WHOLE, 'a whole number of base units as a decimal string, such as "200000000"')
  .refine((text) => !WHOLE.test(text) || BigInt(text) <= U64_MAX, 'at most 2^64 - 1');
export const signedAmount = z
  .string()
  .regex(/^(0|-?[1-9]\d{0,18})$/, 'a whole number of base units as a decimal string');
export const market = z.string().regex(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/, 'an id such as SOL-USDC');
export const timeMs = z.int().min(0, 'milliseconds since 1970').max(8.64e15);
export const bps = z.int().min(0).max(10_000);
export const count = z.int().min(0).max(100);
export const price = z
  .string()
  .regex(/^(?=.*[1-9])\d{1,12}(\.\d{1,18})?$/, 'a price above 0 as a decimal string');
export const reason = z
  .string()
  .max(REASON_LENGTH_MAX, REASON_WANTED)
  .refine((text) => readReason(text) !== undefined, REASON_WANTED)
  .transform((text) => text.trim());
export const operator = z
  .string()
  .regex(OPERATOR_NAME, 'the name of an operator: lower-case letters, digits and dashes');
export const tradeId = z
  .string()
  .regex(/^[\w./@-]{1,200}$/, "a trade's id, or a part of it that no other trade has");
