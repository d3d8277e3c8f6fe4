import { parseArgs } from 'node:util';
import type { Side } from './names.ts';

export type Options = {
  /** Paced permits of each side, round and regime. */
  readonly events: number;
  readonly rounds: number;
  readonly burst: Readonly<Record<Side, number>>;
  readonly sustainedSeconds: number;
  readonly write: boolean;
  /** Where the executor leaves a CPU profile when it ends. */
  readonly profile: string | undefined;
};

/** The permit stream is bounded at 10,000: a burst that is not yet read must fit. */
const BURST_MAX = 5_000;
const USAGE = 'bench:hotpath [-- --quick | --full | --events N] [--write] [--profile FOLDER]';

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      events: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { quick, full, write, profile } = values;
  const events = Number(values.events ?? (quick ? 300 : full ? 20_000 : 5_000));
  if (!Number.isInteger(events) || events < 100) throw new Error(`${USAGE}, N at least 100`);
  return {
    events,
    rounds: quick ? 1 : 3,
    burst: {
      fast: quick ? 2_000 : BURST_MAX,
      baseline: quick ? 400 : 1_500,
      floor: quick ? 2_000 : BURST_MAX,
    },
    sustainedSeconds: quick ? 2 : 10,
    write,
    profile,
  };
}
