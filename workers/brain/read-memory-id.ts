import { z } from 'zod';
import { parseMemoryId, type MemoryId } from '../../domain/analysis/memory-id.ts';

const schema = z.object({ id: z.string() });

/** Any process of this host can write to the socket. Throws `input/invalid`. */
export function readMemoryId(params: unknown): MemoryId {
  const parsed = schema.safeParse(params);
  return parseMemoryId(parsed.success ? parsed.data.id : '');
}
