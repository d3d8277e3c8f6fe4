import { OvermindError } from '../domain/shared/errors.ts';

/** A setting that this process cannot do without. Throws `config/invalid` that names it. */
export function required<Value>(value: Value | undefined, name: string): Value {
  if (value !== undefined) return value;
  throw new OvermindError('config/invalid', { faults: `${name}: is not set` });
}
