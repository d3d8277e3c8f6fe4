import { createHash } from 'node:crypto';
import { decodeBase58, encodeBase58 } from '../../domain/shared/base58.ts';
import { SIMNET_GENESIS_HASH } from '../genesis.ts';
import { invalidParams } from '../rpc-fault.ts';

export type Commitment = 'processed' | 'confirmed' | 'finalized';

export type Block = {
  readonly slot: number;
  readonly height: number;
  readonly blockhash: string;
  /** The last block height at which a transaction with this blockhash may land. */
  readonly lastValidHeight: number;
  readonly unixSeconds: number;
  /** Micro-lamports per unit: the least that landed in it. */
  priorityFeeMin: bigint | undefined;
};

/** Blockhashes live this many blocks. */
const BLOCKHASH_LIFE = 150;
/** On a real chain some slots have no block, so height and slot differ; a fixed gap shows mix-ups. */
const HEIGHT_OFFSET = 1_000;
const DEPTH: Readonly<Record<Commitment, number>> = { processed: 0, confirmed: 2, finalized: 32 };

export type Blocks = ReturnType<typeof createBlocks>;

/** One block a slot; the last blocks by slot, and blockhashes as long as they live. */
export function createBlocks(firstSlot: number) {
  const bySlot = new Map<number, Block>();
  const byHash = new Map<string, Block>();
  let seed = decodeBase58(SIMNET_GENESIS_HASH, 32) ?? new Uint8Array(32);
  let slot = firstSlot - 1;

  const blockAt = (at: number): Block => {
    const block = bySlot.get(at);
    if (!block) throw new Error(`slot ${at} is not kept`);
    return block;
  };

  return {
    open(unixSeconds: number): Block {
      slot += 1;
      // Random in part, so that no transaction of an earlier simnet is valid in this one.
      seed = createHash('sha256').update(seed).update(String(process.hrtime.bigint())).digest();
      const height = slot - HEIGHT_OFFSET;
      const block: Block = {
        slot,
        height,
        blockhash: encodeBase58(seed),
        lastValidHeight: height + BLOCKHASH_LIFE,
        unixSeconds,
        priorityFeeMin: undefined,
      };
      bySlot.set(slot, block);
      byHash.set(block.blockhash, block);
      const oldest = bySlot.get(slot - BLOCKHASH_LIFE - 1);
      if (oldest) {
        bySlot.delete(oldest.slot);
        byHash.delete(oldest.blockhash);
      }
      return block;
    },
    slot: () => slot,
    current: () => blockAt(slot),
    at: (commitment: Commitment) => blockAt(slot - DEPTH[commitment]),
    slotAt: (commitment: Commitment) => slot - DEPTH[commitment],
    /** What a slot has reached by now. */
    commitmentOf(at: number): Commitment {
      if (at <= slot - DEPTH.finalized) return 'finalized';
      return at <= slot - DEPTH.confirmed ? 'confirmed' : 'processed';
    },
    /** Whether a transaction with this blockhash may land in the current block. */
    isAlive: (blockhash: string) =>
      (byHash.get(blockhash)?.lastValidHeight ?? -1) >= slot - HEIGHT_OFFSET,
    blockOf: (blockhash: string) => byHash.get(blockhash),
    recent: (): readonly Block[] => [...bySlot.values()],
  };
}

export function readCommitment(value: unknown, fallback: Commitment = 'finalized'): Commitment {
  if (value === undefined || value === null) return fallback;
  if (value === 'processed' || value === 'confirmed' || value === 'finalized') return value;
  throw invalidParams(`unknown commitment ${JSON.stringify(value)}`);
}
