import { writeMarked } from '../support/marked-block.ts';
import type { Mutant } from './mutants.ts';

export type Killed = { readonly mutant: Mutant; readonly by: string | undefined };

export type Tables = {
  readonly schedules: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly killed: readonly Killed[];
};

const FILE = 'docs/safety.md';

/** Puts what was measured between the markers of the document. */
export function writeTables({ schedules, counts, killed }: Tables): Promise<void> {
  const happened = Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  const rows = killed.map(
    ({ mutant, by }) => `| ${mutant.name} | \`${mutant.file}\` | ${by ?? '**nobody**'} |`,
  );
  const text = [
    `${schedules} schedules with ${happened}: no violation.`,
    '',
    '| guard that was removed | where | missed at |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
  return writeMarked(FILE, 'model', text);
}
