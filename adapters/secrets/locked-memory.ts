import sodium from 'sodium-native';
import { OvermindError } from '../../domain/shared/errors.ts';

/**
 * Memory outside of JavaScript's heap, between guard pages, that is never swapped out and left out
 * of core dumps; wiped when it is collected. Refuses where the system does not lock it.
 */
export function allocateLocked(bytes: number): Buffer {
  const memory = sodium.sodium_malloc(bytes);
  try {
    // Allocation goes on without the lock where the limit is reached; asking again tells.
    sodium.sodium_mlock(memory);
  } catch (cause) {
    const faults = `wallet key: ${bytes} bytes cannot be locked into memory, wants ulimit -l above 64`;
    throw new OvermindError('config/invalid', { faults }, { cause });
  }
  return memory;
}
