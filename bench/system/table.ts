import { cpus, totalmem } from 'node:os';
import type { Row } from './bench.ts';

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
