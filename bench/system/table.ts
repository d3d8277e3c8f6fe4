import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { Row } from './bench.ts';

const BEGIN = '<!-- system -->';
const END = '<!-- /system -->';
const HEADING = '# Performance\n';

/** One Markdown table; measured and baseline are p50 / p99 unless they say something else. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ what, goal, measured, baseline, ratio, met, gate }) => {
    const verdict = met === undefined ? '–' : met ? 'met' : 'not met';
    const asked = gate ? `; ${gate.asked}: ${gate.passed ? 'met' : 'NOT MET'}` : '';
    return `| ${[what, goal, measured, baseline, ratio, `${verdict}${asked}`].join(' | ')} |`;
  });
  return [
    '| what | goal | measured (p50 / p99) | baseline, same run | ratio | goal met |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

export function machineText(quick: boolean): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const size = quick ? 'a quick run, for a look' : 'a full run';
  return (
    `Node ${process.versions.node}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ` +
    `${gib} GiB, servers and system on this one machine; ${size}.`
  );
}

/** Between the markers of the page, which is made where it is missing; the rest of it stays. */
export async function writeTable(path: string, text: string): Promise<void> {
  const whole = withTable(readOr(path, HEADING), text);
  const options = await resolveConfig(path);
  writeFileSync(path, await format(whole, { ...options, filepath: path }));
}

function withTable(page: string, text: string): string {
  const block = `${BEGIN}\n\n${text}\n\n${END}`;
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  return begin < 0 || end < begin
    ? `${page.trimEnd()}\n\n## The whole system\n\n\`npm run bench -- --write\` writes this table.\n\n${block}\n`
    : `${page.slice(0, begin)}${block}${page.slice(end + END.length)}`;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
