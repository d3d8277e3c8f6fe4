import type { Chain } from '../chain.ts';
import { SIMNET_GENESIS_HASH } from '../genesis.ts';
import { invalidParams } from '../rpc-fault.ts';
import { readCommitment } from '../state/blocks.ts';
import { decodeMessage } from '../transaction/decode.ts';
import { feeOf } from '../transaction/fees.ts';
import type { Methods } from './methods.ts';
import { configAt, type Params } from './params.ts';

const VERSION = { 'solana-core': '3.0.0', 'feature-set': 0, 'overmind-simnet': true };

export function createBlockMethods(chain: Chain): Methods {
  const { blocks } = chain;
  const commitmentAt = (params: Params, index: number) =>
    readCommitment(configAt(params, index)['commitment']);

  return {
    getGenesisHash: () => SIMNET_GENESIS_HASH,
    getHealth: () => 'ok',
    getVersion: () => VERSION,
    getSlot: (params) => blocks.at(commitmentAt(params, 0)).slot,
    getBlockHeight: (params) => blocks.at(commitmentAt(params, 0)).height,
    getLatestBlockhash(params) {
      const block = blocks.at(commitmentAt(params, 0));
      return {
        context: { slot: block.slot },
        value: { blockhash: block.blockhash, lastValidBlockHeight: block.lastValidHeight },
      };
    },
    isBlockhashValid(params) {
      const at = blocks.at(commitmentAt(params, 1));
      const block = blocks.blockOf(String(params[0]));
      const value =
        block !== undefined && block.slot <= at.slot && block.lastValidHeight >= at.height;
      return { context: { slot: at.slot }, value };
    },
    getEpochInfo(params) {
      const { slot, height } = blocks.at(commitmentAt(params, 0));
      const slotsInEpoch = chain.slotsPerEpoch;
      return {
        absoluteSlot: slot,
        blockHeight: height,
        epoch: Math.floor(slot / slotsInEpoch),
        slotIndex: slot % slotsInEpoch,
        slotsInEpoch,
        transactionCount: chain.counts().landed,
      };
    },
    getFeeForMessage(params) {
      if (typeof params[0] !== 'string') throw invalidParams('message must be base64');
      const message = decodeMessage(Buffer.from(params[0], 'base64'));
      const at = blocks.at(commitmentAt(params, 1));
      const known = blocks.isAlive(message.blockhash);
      return { context: { slot: at.slot }, value: known ? Number(feeOf(message)) : null };
    },
    getRecentPrioritizationFees: () =>
      blocks.recent().map(({ slot, priorityFeeMin }) => ({
        slot,
        prioritizationFee: Number(priorityFeeMin ?? 0n),
      })),
    getMinimumBalanceForRentExemption(params) {
      const bytes = params[0];
      if (
        typeof bytes !== 'number' ||
        !Number.isInteger(bytes) ||
        bytes < 0 ||
        bytes > 10_485_760
      ) {
        throw invalidParams('data length must be a whole number up to 10485760');
      }
      return Number(chain.rentFor(bytes));
    },
  };
}
