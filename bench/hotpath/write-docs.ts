import { readFileSync, writeFileSync } from 'node:fs';
import { chartOf } from '../shared/chart.ts';
import type { Results } from './results.ts';

const BEGIN = '<!-- bench:hotpath begin -->';
const END = '<!-- bench:hotpath end -->';
const file = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

/** Puts table and chart into the documentation; all else in it is written by hand. */
export function writeDocs(table: string, results: Results): void {
  const page = readFileSync(file('performance.md'), 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('docs/performance.md lacks its markers');
  const next = `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
  writeFileSync(file('performance.md'), next);
  const series = (path: 'readToWire' | 'publishToEngine') => [
    { name: 'executor', rounds: results.paced.idle.map(({ fast }) => fast[path]) },
    { name: 'baseline', rounds: results.paced.idle.map(({ baseline }) => baseline[path]) },
  ];
  writeFileSync(
    file('performance-hotpath.svg'),
    chartOf([
      { title: 'permit read → last write returned', series: series('readToWire') },
      { title: 'XADD by the approver → bytes at the engine', series: series('publishToEngine') },
    ]),
  );
}
