import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeMarked } from '../../test/support/marked-block.ts';
import { chartOf } from '../shared/chart.ts';
import { SIDE_NAMES, SIDES } from './names.ts';
import type { Results } from './results.ts';

const file = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

/** Puts table and chart into the documentation; all else in it is written by hand. */
export async function writeDocs(table: string, results: Results): Promise<void> {
  await writeMarked(fileURLToPath(file('performance.md')), 'hotpath', table);
  const series = (path: 'readToWire' | 'publishToEngine') =>
    SIDES.map((side) => ({
      name: SIDE_NAMES[side],
      rounds: results.paced.idle.map((round) => round[side][path]),
    }));
  writeFileSync(
    file('performance-hotpath.svg'),
    chartOf([
      { title: 'permit read → last write returned', series: series('readToWire') },
      { title: 'XADD by the approver → bytes at the engine', series: series('publishToEngine') },
    ]),
  );
}
