import type { RecordMetadata } from '../../adapters/memory/chroma-memory.ts';

// What became of a record is written by the labelling job's own function. The compiler runs this test.
export const records: readonly RecordMetadata[] = [
  { ts: 1, price: '150.25' },
  // @ts-expect-error An outcome is not among what a record may bring with it.
  { ts: 1, outcomeBps: '12' },
  // @ts-expect-error Nor is the time when it became known.
  { ts: 1, resolvedTs: 99 },
];
