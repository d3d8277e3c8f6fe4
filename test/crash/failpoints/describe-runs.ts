import { fileURLToPath } from 'node:url';
import { writeMarked } from '../../support/marked-block.ts';
import type { CrashRow, FailpointRun } from './failpoint-run.ts';

const DOCUMENT = fileURLToPath(new URL('../../../docs/safety.md', import.meta.url));
const PERMIT_ENDS = ['landed', 'failed', 'expired', 'refused'] as const;
const GOAL_MS = 5_000;

export type Took = { readonly ms: number; readonly command: string };

/** One line a point: how often, how soon it was back, and what became of the permit it died with. */
export function describeRuns(runs: readonly FailpointRun[], took: Took): string {
  const rows = runs.flatMap((run) => run.rows);
  const head = [
    ...['died', 'times', 'back, median', 'back, most'],
    ...PERMIT_ENDS.map((end) => `permit ${end}`),
  ];
  const points = [...new Set(rows.map(({ point }) => point))].toSorted();
  const lines = points.map((point) => cellsOf(rows.filter((row) => row.point === point)));
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [...sentences(runs, took), '', ...table].join('\n');
}

function cellsOf(rows: readonly CrashRow[]): readonly string[] {
  const back = backTimes(rows);
  const ended = PERMIT_ENDS.map((end) => rows.filter((row) => row.end === end).length);
  return [
    rows[0]?.point ?? '',
    String(rows.length),
    seconds(back[Math.floor(back.length / 2)]),
    seconds(back.at(-1)),
    ...ended.map((count) => (count === 0 ? '–' : String(count))),
  ];
}

const backTimes = (rows: readonly CrashRow[]): readonly number[] =>
  rows.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs])).toSorted((a, b) => a - b);

const seconds = (ms: number | undefined): string =>
  ms === undefined ? '–' : `${(ms / 1_000).toFixed(2)} s`;

function sentences(runs: readonly FailpointRun[], { ms, command }: Took): readonly string[] {
  const rows = runs.flatMap((run) => run.rows);
  const ends = runs.flatMap((run) => run.ends);
  const faults = runs.flatMap((run) => run.faults);
  const losses = rows.filter(({ powerLoss }) => powerLoss !== undefined);
  const lost = losses.reduce((sum, row) => sum + row.lost, 0);
  const wipes = rows.filter(({ wipesBus }) => wipesBus).length;
  const back = backTimes(rows);
  const late = back.filter((one) => one > GOAL_MS).length;
  const ended = PERMIT_ENDS.map(
    (end) => `${ends.filter(({ status }) => status === end).length} ${end}`,
  ).join(', ');
  return [
    `${rows.length} deaths (\`${command}\`), ${(ms / 1_000 / rows.length).toFixed(1)} s each, everything included. ${ends.length} permits: ${ended}.`,
    `Power was lost ${losses.length} times, which took ${lost} signatures from the journal, ${wipes} times with all of the bus.`,
    `May trade again after ${seconds(back[Math.floor(back.length / 2)])} (median of ${back.length}), ${seconds(back.at(-1))} at most, ${late} times after more than 5 s. Faults: ${faults.length}.`,
  ];
}

/** Puts the text where `docs/safety.md` says that it comes from here. */
export const writeIntoDocument = (text: string): Promise<void> =>
  writeMarked(DOCUMENT, 'failpoints', text);
