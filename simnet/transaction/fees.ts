import { COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM } from '../addresses.ts';
import type { Message } from './message.ts';

const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO_LAMPORTS = 1_000_000n;
const UNITS_MAX = 1_400_000n;
/** What an instruction is given when the transaction does not say; builtins get less. */
const UNITS_DEFAULT = 200_000n;
const UNITS_DEFAULT_BUILTIN = 3_000n;
const BUILTINS: ReadonlySet<string> = new Set([SYSTEM_PROGRAM, COMPUTE_BUDGET_PROGRAM]);

export type ComputeBudget = {
  readonly unitsMax: bigint;
  /** Micro-lamports per compute unit. */
  readonly unitPrice: bigint;
};

export function readComputeBudget({ instructions, staticKeys }: Message): ComputeBudget {
  let unitsMax: bigint | undefined;
  let unitPrice = 0n;
  let byDefault = 0n;
  for (const { programIndex, data } of instructions) {
    const program = staticKeys[programIndex] ?? '';
    byDefault += BUILTINS.has(program) ? UNITS_DEFAULT_BUILTIN : UNITS_DEFAULT;
    if (program !== COMPUTE_BUDGET_PROGRAM) continue;
    const view = Buffer.from(data);
    if (view[0] === 2 && view.length === 5) unitsMax = BigInt(view.readUInt32LE(1));
    if (view[0] === 3 && view.length === 9) unitPrice = view.readBigUInt64LE(1);
  }
  const units = unitsMax ?? byDefault;
  return { unitsMax: units < UNITS_MAX ? units : UNITS_MAX, unitPrice };
}

/** What the payer is charged whether the transaction succeeds or fails, rounded up. */
export function feeOf(message: Message): bigint {
  const { unitsMax, unitPrice } = readComputeBudget(message);
  const priority = (unitsMax * unitPrice + MICRO_LAMPORTS - 1n) / MICRO_LAMPORTS;
  return LAMPORTS_PER_SIGNATURE * BigInt(message.header.signers) + priority;
}
