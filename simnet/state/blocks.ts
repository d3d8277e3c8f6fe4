import { createHash, randomBytes } from 'node:crypto';
import { encodeBase58 } from '../../domain/shared/base58.ts';
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

/** A block as it is kept on disk; height and last valid height follow from the slot. */
export type BlockFacts = Pick<Block, 'slot' | 'blockhash' | 'unixSeconds' | 'priorityFeeMin'>;

/** Blockhashes live this many blocks. */
const BLOCKHASH_LIFE = 150;
/** On a real chain some slots have no block, so height and slot differ; a fixed gap shows mix-ups. */
const HEIGHT_OFFSET = 1_000;
const DEPTH: Readonly<Record<Commitment, number>> = { processed: 0, confirmed: 2, finalized: 32 };

export type Blocks = ReturnType<typeof createBlocks>;

/** One block a slot; the last blocks by slot, and blockhashes as long as they live. */
export function createBlocks(firstSlot: number, earlier: readonly BlockFacts[] = []) {
  const bySlot = new Map<number, Block>();
  const byHash = new Map<string, Block>();
  let slot = firstSlot - 1;

  const put = (facts: BlockFacts): Block => {
    const height = facts.slot - HEIGHT_OFFSET;
    const block: Block = { ...facts, height, lastValidHeight: height + BLOCKHASH_LIFE };
    bySlot.set(block.slot, block);
    byHash.set(block.blockhash, block);
    return block;
  };
  for (const facts of earlier) slot = put(facts).slot;

  const blockAt = (at: number): Block => {
    const block = bySlot.get(at);
    if (!block) throw new Error(`slot ${at} is not kept`);
    return block;
  };

  return {
    /** A blockhash for the next block. Random, so that no transaction of another simnet fits it. */
    drawBlockhash: (): string => encodeBase58(randomBytes(32)),
    open(unixSeconds: number, blockhash = encodeBase58(randomBytes(32))): Block {
      slot += 1;
      const block = put({ slot, blockhash, unixSeconds, priorityFeeMin: undefined });
      const oldest = bySlot.get(slot - BLOCKHASH_LIFE - 1);
      if (oldest) {
        bySlot.delete(oldest.slot);
        byHash.delete(oldest.blockhash);
      }
      return block;
    },
    /** Another, empty block takes the current one's place: what was signed for that one is dead. */
    orphanCurrent(): void {
      const { blockhash, unixSeconds } = blockAt(slot);
      byHash.delete(blockhash);
      const other = createHash('sha256').update(`instead of ${blockhash}`).digest();
      put({ slot, blockhash: encodeBase58(other), unixSeconds, priorityFeeMin: undefined });
    },
    slot: () => slot,
    latestSeconds: () => bySlot.get(slot)?.unixSeconds ?? 0,
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
    bySlot: (at: number): Block | undefined => bySlot.get(at),
    blockOf: (blockhash: string) => byHash.get(blockhash),
    recent: (): readonly Block[] => [...bySlot.values()],
  };
}

export function readCommitment(value: unknown, fallback: Commitment = 'finalized'): Commitment {
  if (value === undefined || value === null) return fallback;
  if (value === 'processed' || value === 'confirmed' || value === 'finalized') return value;
  throw invalidParams(`unknown commitment ${JSON.stringify(value)}`);
}
