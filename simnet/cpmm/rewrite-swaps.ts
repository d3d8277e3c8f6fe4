import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Account } from '../state/account.ts';
import type { Instruction, Message } from '../transaction/message.ts';
import type { ResolvedKeys } from '../transaction/resolve-keys.ts';
import type { InstructionFault } from '../transaction/transaction-error.ts';
import { CPMM_PROGRAM } from './pool-layout.ts';
import { planSwap, type SwapPlan } from './swap.ts';

/** What the real program uses for a swap; the transfers that stand for it use far less. */
export const SWAP_UNITS = 34_000n;
/** What a builtin such as a compute-budget instruction or a System transfer uses. */
const BUILTIN_UNITS = 150n;
const TRANSFER_CHECKED = 12;

export type Rewrite = {
  /** Ends before the instruction that is refused, if there is one. */
  readonly message: Message;
  /** For each instruction of `message`: where it stood in the original. */
  readonly originalIndex: readonly number[];
  readonly swaps: readonly SwapPlan[];
  readonly refusal: { readonly index: number; readonly fault: InstructionFault } | undefined;
};

export type RewriteView = {
  readonly read: (address: string) => Account | undefined;
  readonly keys: ResolvedKeys;
  readonly unitsMax: bigint;
  readonly unixSeconds: number;
  /** Makes the first swap, else the last instruction, fail: a fault that somebody asked for. */
  readonly forceFailure: boolean;
};

/**
 * Puts two token transfers in the place of each swap: user to vault, then vault to user with the
 * user as the vault's delegate (its owner, a program's address, cannot sign). The pool's maths runs
 * on the accounts as they are; a second swap of the same pool sees the first.
 */
export function rewriteSwaps(message: Message, view: RewriteView): Rewrite {
  const instructions: Instruction[] = [];
  const originalIndex: number[] = [];
  const swaps: SwapPlan[] = [];
  const moved = new Map<string, CpmmPool>();
  let units = 0n;
  let refusal: Rewrite['refusal'];

  for (const [index, instruction] of message.instructions.entries()) {
    const isSwap = message.staticKeys[instruction.programIndex] === CPMM_PROGRAM;
    units += isSwap ? SWAP_UNITS : BUILTIN_UNITS;
    const plan = isSwap ? planAt(message, instruction, { ...view, moved }) : undefined;
    const fault = faultAt({ plan, index, count: message.instructions.length, units, view });
    if (fault !== undefined) {
      refusal = { index, fault };
      break;
    }
    if (plan === undefined) {
      instructions.push(instruction);
      originalIndex.push(index);
    } else if (typeof plan === 'object' && 'refs' in plan) {
      moved.set(plan.refs.pool.key, plan.after);
      swaps.push(plan);
      instructions.push(...transfersOf(plan));
      originalIndex.push(index, index);
    }
  }
  const untouched = swaps.length === 0 && refusal === undefined;
  return {
    message: untouched ? message : { ...message, instructions },
    originalIndex,
    swaps,
    refusal,
  };
}

type Step = {
  readonly plan: SwapPlan | InstructionFault | undefined;
  readonly index: number;
  readonly count: number;
  readonly units: bigint;
  readonly view: RewriteView;
};

function faultAt({ plan, index, count, units, view }: Step): InstructionFault | undefined {
  if (plan !== undefined && (typeof plan === 'string' || 'Custom' in plan)) return plan;
  if (plan !== undefined && view.forceFailure) return { Custom: 6005 };
  if (view.forceFailure && index === count - 1) return { Custom: 1 };
  // Only swaps are checked here: what LiteSVM runs itself, it also meters itself.
  if (plan !== undefined && units > view.unitsMax) return 'ComputationalBudgetExceeded';
  return undefined;
}

function planAt(
  message: Message,
  { accounts, data }: Instruction,
  view: RewriteView & { readonly moved: ReadonlyMap<string, CpmmPool> },
): SwapPlan | InstructionFault {
  const refs = accounts.map((index) => ({
    index,
    key: view.keys.all[index] ?? '',
    signs: index < message.header.signers,
  }));
  return planSwap(refs, data, {
    read: view.read,
    moved: (pool) => view.moved.get(pool),
    unixSeconds: view.unixSeconds,
  });
}

function transfersOf(plan: SwapPlan): readonly Instruction[] {
  const { user, from, to, vaultIn, vaultOut, mintIn, mintOut, programIn, programOut } = plan.refs;
  return [
    {
      programIndex: programIn.index,
      accounts: [from.index, mintIn.index, vaultIn.index, user.index],
      data: transferData(plan.amountIn, plan.decimalsIn),
    },
    {
      programIndex: programOut.index,
      accounts: [vaultOut.index, mintOut.index, to.index, user.index],
      data: transferData(plan.amountOut, plan.decimalsOut),
    },
  ];
}

function transferData(amount: bigint, decimals: number): Uint8Array {
  const data = Buffer.alloc(10);
  data[0] = TRANSFER_CHECKED;
  data.writeBigUInt64LE(amount, 1);
  data[9] = decimals;
  return data;
}
