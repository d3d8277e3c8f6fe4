import type { PermitId } from '../domain/shared/ids.ts';

/** The signals and legs of which some attempt was signed, the latest `memory` of them at least. */
export type SignedParents = {
  has(id: PermitId): boolean;
  add(id: PermitId): void;
};

/** Slots for each parent remembered: at half full a search ends after one or two looks. */
const SLOTS_PER_PARENT = 2;

/**
 * Holds 64 bits of hash for each, in two tables made once: the older is emptied when the newer is
 * full, so nothing is allocated and no single parent has to be removed. Two ids with the same
 * hash would refuse a trade, never repeat one.
 */
export function createSignedParents(memory: number): SignedParents {
  const slots = memory * SLOTS_PER_PARENT;
  let newer = createTable(slots);
  let older = createTable(slots);
  const key = { high: 0, low: 0 };
  return {
    has(id) {
      hashParent(id, key);
      return newer.has(key) || older.has(key);
    },
    add(id) {
      hashParent(id, key);
      if (newer.count >= memory) {
        [newer, older] = [older, newer];
        newer.clear();
      }
      newer.add(key);
    },
  };
}

type Hash = { high: number; low: number };

function createTable(slots: number) {
  const words = new Uint32Array(slots * 2);
  let count = 0;
  /** The slot of `key`, or the free one where it would go: half of all are free. */
  const slotOf = ({ high, low }: Hash): number => {
    let slot = low % slots;
    while (words[slot * 2] !== 0 || words[slot * 2 + 1] !== 0) {
      if (words[slot * 2] === high && words[slot * 2 + 1] === low) return slot;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    return slot;
  };
  return {
    get count() {
      return count;
    },
    has: (key: Hash) => words[slotOf(key) * 2 + 1] === key.low,
    add(key: Hash) {
      const slot = slotOf(key);
      if (words[slot * 2 + 1] === key.low) return;
      words[slot * 2] = key.high;
      words[slot * 2 + 1] = key.low;
      count += 1;
    },
    clear() {
      words.fill(0);
      count = 0;
    },
  };
}

/** Multiply and mix, twice and each in its own way, over the id without its attempt. */
function hashParent(id: PermitId, into: Hash): void {
  const end = id.lastIndexOf('/');
  let high = 0x811c9dc5;
  let low = 0x41c6ce57;
  for (let at = 0; at < end; at++) {
    const code = id.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5f356495);
    low ^= low >>> 15;
  }
  into.high = high >>> 0;
  into.low = low >>> 0 || 1; // Zero marks a free slot.
}
