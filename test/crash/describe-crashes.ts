import { fileURLToPath } from 'node:url';
import { writeMarked } from '../support/marked-block.ts';
import type { CrashRow } from './crash-run.ts';
import { sumOfEnds, type PermitEnds } from './faults-of.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/safety.md', import.meta.url));
const GOAL_MS = 5_000;

/** Where a run's table stands in `docs/safety.md`. */
export type CrashTable = 'crashes' | 'crashes-paced' | 'crashes-lies' | 'soak';

export type CrashesSeen = {
  readonly command: string;
  readonly rows: readonly CrashRow[];
  readonly ends: readonly PermitEnds[];
  readonly faults: readonly string[];
  /** MiB by process, at the start and at the end of the last run. */
  readonly memory: readonly [string, string];
};

/** Who died, in which stage of the nearest trade, how soon all was back, and what became of the permits. */
export function describeCrashes({ command, rows, ends, faults, memory }: CrashesSeen): string {
  const total = (of: (one: PermitEnds) => number): number =>
    ends.reduce((sum, one) => sum + of(one), 0);
  const ended = (['landed', 'failed', 'expired', 'refused'] as const)
    .map((end) => `${total((one) => one[end])} ${end}`)
    .join(', ');
  const late = rows.filter(({ sinceStartMs }) => sinceStartMs > GOAL_MS).length;
  return [
    `${rows.length} crashes (\`${command}\`). ${total(({ permits }) => permits)} permits, ends proven: ${total(sumOfEnds)} (${ended}). Faults: ${faults.length}. Back later than 5 s after the start: ${late} times.`,
    '',
    ...tableOf(rows),
    '',
    `Newest open trade at the moment of the kill: ${stagesOf(rows)}.`,
    `Resident memory in MiB, first: ${memory[0]}; last: ${memory[1]}.`,
  ].join('\n');
}

function tableOf(rows: readonly CrashRow[]): readonly string[] {
  const victims = [...new Set(rows.flatMap(victimsOf))].toSorted();
  const lines = victims.map((victim) => {
    const died = rows.filter((row) => victimsOf(row).includes(victim));
    const started = sorted(died, ({ sinceStartMs }) => sinceStartMs);
    const back = sorted(died, ({ backMs }) => backMs);
    return [victim, String(died.length), ...spread(started), ...spread(back)];
  });
  const head = [
    'died',
    'times',
    'since its start, median',
    'most',
    'since the kill, median',
    'most',
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
}

const victimsOf = ({ victims }: CrashRow): readonly string[] => victims.split(' + ');

const sorted = (rows: readonly CrashRow[], of: (row: CrashRow) => number): readonly number[] =>
  rows.map(of).toSorted((a, b) => a - b);

const spread = (times: readonly number[]): readonly string[] =>
  [times[Math.floor(times.length / 2)], times.at(-1)].map(
    (ms) => `${((ms ?? 0) / 1_000).toFixed(2)} s`,
  );

function stagesOf(rows: readonly CrashRow[]): string {
  const counts = new Map<string, number>();
  for (const { stage } of rows) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([stage, count]) => `${stage} ${count}`)
    .join(', ');
}

/** Puts the text where `docs/safety.md` says that it comes from here. */
export const writeCrashes = (table: CrashTable, text: string): Promise<void> =>
  writeMarked(DOCUMENT, table, text);
