import { median, type Times } from './figures.ts';

export type Panel = {
  readonly title: string;
  readonly series: readonly { readonly name: string; readonly rounds: readonly Times[] }[];
};

const PANEL = { width: 440, height: 260, left: 60, top: 40, gap: 20, bottom: 50 };
const COLOURS = ['#0f766e', '#b45309', '#6b7280'];
const STEPS = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9];
const DECADES = [10, 100, 1_000, 10_000, 100_000] as const;
/** The tail is what matters: each nine takes as much room as the one before. */
const TAIL_MAX = 3;

/** Share of permits done within a time, one curve a side; time is logarithmic. */
export function chartOf(panels: readonly Panel[]): string {
  const width = panels.length * (PANEL.width + PANEL.left + PANEL.gap);
  const height = PANEL.top + PANEL.height + PANEL.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels.map((panel, at) => {
      const x = PANEL.left + at * (PANEL.width + PANEL.left + PANEL.gap);
      return `<g transform="translate(${x} ${PANEL.top})">\n${panelOf(panel)}\n</g>`;
    }),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, series }: Panel): string {
  return [
    `<text x="0" y="-16" font-size="14" font-weight="bold">${title}</text>`,
    ...DECADES.map((us) => {
      const x = xOf(us).toFixed(1);
      const label = us < 1_000 ? `${us} µs` : `${us / 1_000} ms`;
      return (
        `<line x1="${x}" y1="0" x2="${x}" y2="${PANEL.height}" stroke="#e5e7eb"/>` +
        `<text x="${x}" y="${PANEL.height + 18}" text-anchor="middle">${label}</text>`
      );
    }),
    ...[50, 90, 99, 99.9].map((percentile) => {
      const y = yOf(percentile).toFixed(1);
      return (
        `<line x1="0" y1="${y}" x2="${PANEL.width}" y2="${y}" stroke="#e5e7eb"/>` +
        `<text x="-8" y="${Number(y) + 4}" text-anchor="end">p${percentile}</text>`
      );
    }),
    ...series.map(({ name, rounds }, at) => curveOf(name, rounds, at)),
  ].join('\n');
}

function curveOf(name: string, rounds: readonly Times[], at: number): string {
  const colour = COLOURS[at % COLOURS.length] ?? '#000000';
  const points = STEPS.map((percentile) => {
    const us = median(rounds.map((times) => times.percentile(percentile) / 1_000));
    return `${xOf(us).toFixed(1)},${yOf(percentile).toFixed(1)}`;
  });
  return (
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>` +
    `<text x="${8 + at * 90}" y="${PANEL.height + 40}" fill="${colour}">● ${name}</text>`
  );
}

function xOf(us: number): number {
  const [first, last] = [Math.log10(DECADES[0]), Math.log10(DECADES[DECADES.length - 1] ?? 1)];
  const share = (Math.log10(Math.max(us, DECADES[0])) - first) / (last - first);
  return Math.min(share, 1) * PANEL.width;
}

function yOf(percentile: number): number {
  const nines = -Math.log10(1 - percentile / 100);
  return PANEL.height * (1 - nines / TAIL_MAX);
}
