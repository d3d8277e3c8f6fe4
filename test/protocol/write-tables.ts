import { readFileSync, writeFileSync } from 'node:fs';
import type { Mutant } from './mutants.ts';

export type Killed = { readonly mutant: Mutant; readonly by: string | undefined };

export type Tables = {
  readonly schedules: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly killed: readonly Killed[];
};

const FILE = 'docs/safety.md';

/** Puts what was measured between the markers of the document. */
export function writeTables({ schedules, counts, killed }: Tables): void {
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
  const document = readFileSync(FILE, 'utf8');
  const marked = /<!-- model -->[\s\S]*<!-- \/model -->/;
  if (!marked.test(document)) throw new Error(`${FILE} has no place for the model's tables`);
  writeFileSync(FILE, document.replace(marked, `<!-- model -->\n${text}\n<!-- /model -->`));
}
