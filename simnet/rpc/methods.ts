import type { Chain } from '../chain.ts';
import type { Faults } from '../faults.ts';
import type { Intake } from '../intake.ts';
import type { SlotWrite } from '../slot-write.ts';
import type { Params } from './params.ts';

export type Caller = {
  readonly port: number;
  /** Whether a fault makes this request one too many. */
  readonly refuses: (method: string) => boolean;
};
export type Method = (params: Params, caller: Caller) => unknown;
export type Methods = Readonly<Record<string, Method>>;

export type MethodDeps = {
  readonly chain: Chain;
  readonly intake: Intake;
  readonly faults: Faults;
  /** Opens a slot now and starts the slot timer anew. */
  readonly openSlot: (write: SlotWrite) => number;
};
