import type { AnswerFaults } from '../answer-faults.ts';
import type { Blocks, Block } from '../state/blocks.ts';
import type { Caller, Methods } from './methods.ts';
import type { Params } from './params.ts';

export type LyingDeps = { readonly faults: AnswerFaults; readonly blocks: Blocks };

/** The same methods, bent where a fault asks for it: the honest ones know nothing of lies. */
export function withAnswerFaults(methods: Methods, { faults, blocks }: LyingDeps): Methods {
  const honest = (name: string, params: Params, caller: Caller): unknown =>
    methods[name]?.(params, caller);

  /** The block that was `behind` slots ago what the honest answer's block is now. */
  const staleBlock = (slot: number, { port }: Caller): Block | undefined => {
    const behind = faults.slotsBehind(port);
    return behind === 0 ? undefined : blocks.bySlot(slot - behind);
  };

  return {
    ...methods,
    getSlot(params, caller) {
      const slot = honest('getSlot', params, caller) as number; // Its only kind of answer.
      return staleBlock(slot, caller)?.slot ?? slot;
    },
    getBlockHeight(params, caller) {
      const height = honest('getBlockHeight', params, caller) as number; // As above.
      const slot = honest('getSlot', params, caller) as number;
      return staleBlock(slot, caller)?.height ?? height;
    },
    getEpochInfo(params, caller) {
      const info = honest('getEpochInfo', params, caller) as EpochInfo; // Our own method's answer.
      const block = staleBlock(info.absoluteSlot, caller);
      if (!block) return info;
      const slotIndex = block.slot % info.slotsInEpoch;
      return { ...info, absoluteSlot: block.slot, blockHeight: block.height, slotIndex };
    },
    getLatestBlockhash(params, caller) {
      const slot = honest('getSlot', params, caller) as number;
      const block = staleBlock(slot, caller);
      if (!block) return honest('getLatestBlockhash', params, caller);
      const { blockhash, lastValidHeight } = block;
      return {
        context: { slot: block.slot },
        value: { blockhash, lastValidBlockHeight: lastValidHeight },
      };
    },
    getSignatureStatuses(params, caller) {
      const answer = honest('getSignatureStatuses', params, caller) as Statuses;
      const asked = params[0] as readonly string[]; // The honest method has checked it.
      const landed = asked.filter((_, index) => answer.value[index] !== null);
      const hidden = faults.hidden(landed, caller.port);
      const value = answer.value.map((one, index) =>
        hidden.includes(asked[index] ?? '') ? null : one,
      );
      return { ...answer, value };
    },
    getTransaction(params, caller) {
      const answer = honest('getTransaction', params, caller);
      const asked = String(params[0]);
      if (answer === null) return null;
      return faults.hidden([asked], caller.port).length > 0 ? null : answer;
    },
  };
}

type EpochInfo = {
  readonly absoluteSlot: number;
  readonly blockHeight: number;
  readonly slotsInEpoch: number;
};
type Statuses = { readonly value: readonly unknown[] };
