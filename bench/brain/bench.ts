import type { Bench } from '../system/bench.ts';
import { decisionPathRows } from './decision-path.ts';
import { fastPolicyRow } from './fast-policy.ts';

/** What does an opinion cost, and how many bars a second does a core take? No server is needed. */
export const brainBench: Bench = async (options) => [
  await fastPolicyRow(options),
  ...(await decisionPathRows(options)),
];
