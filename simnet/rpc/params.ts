import { decodeBase58 } from '../../domain/shared/base58.ts';
import { invalidParams } from '../rpc-fault.ts';

export type Params = readonly unknown[];

export function readParams(params: unknown): Params {
  if (params === undefined || params === null) return [];
  if (!Array.isArray(params)) throw invalidParams('params must be an array');
  return params;
}

/** The configuration object at this place, or an empty one. */
export function configAt(params: Params, index: number): Readonly<Record<string, unknown>> {
  const value = params[index];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidParams(`params[${index}] must be an object`);
  }
  return value as Readonly<Record<string, unknown>>; // An object, as tested above.
}

export function keyFrom(value: unknown, field: string): string {
  if (typeof value === 'string' && decodeBase58(value, 32)) return value;
  throw invalidParams(`Invalid param: ${field} is not a public key`);
}

export function signatureFrom(value: unknown, field: string): string {
  if (typeof value === 'string' && decodeBase58(value, 64)) return value;
  throw invalidParams(`Invalid param: ${field} is not a signature`);
}

export function wholeNumberFrom(value: unknown, field: string, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  throw invalidParams(`Invalid param: ${field} must be a whole number up to ${max}`);
}

export function positiveFrom(value: unknown, field: string, max: number): number {
  const number = wholeNumberFrom(value, field, max);
  if (number > 0) return number;
  throw invalidParams(`Invalid param: ${field} must be a whole number from 1 to ${max}`);
}

/** An amount as a decimal string, or as a number JSON can hold exactly. */
export function amountFrom(value: unknown, field: string): bigint {
  const amount =
    typeof value === 'string' && /^\d{1,20}$/.test(value)
      ? BigInt(value)
      : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
        ? BigInt(value)
        : undefined;
  if (amount === undefined || amount > 2n ** 64n - 1n) {
    throw invalidParams(`Invalid param: ${field} must be an amount that fits in u64`);
  }
  return amount;
}

export function listFrom(value: unknown, field: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidParams(`Invalid param: ${field} must be an array`);
  if (value.length > max) throw invalidParams(`Too many inputs provided; max ${max}`);
  return value;
}
