import type { CalibrationFigures } from './calibration-figures.ts';
import type { Evaluation } from './evaluate.ts';
import { wilson } from './statistics.ts';
import type { Trade } from './trade.ts';

const PANEL = { width: 400, height: 200, left: 70, top: 44, gap: 24, bottom: 34, columns: 2 };
const COLOURS = ['#0f766e', '#7c3aed', '#db2777', '#b45309', '#2563eb', '#9ca3af'] as const;
const AXIS = '#e5e7eb';

type Point = { readonly timeMs: number; readonly bps: number };
type Curve = { readonly name: string; readonly points: readonly Point[] };

/** Running sums of net bps, one panel a recording; what was held is marked at the feed's price. */
export function equityChart(evaluations: readonly Evaluation[]): string {
  const across = PANEL.left + PANEL.width + PANEL.gap;
  const down = PANEL.top + PANEL.height + PANEL.bottom;
  const rows = Math.ceil(evaluations.length / PANEL.columns);
  const panels = evaluations.map((one, at) => {
    const x = PANEL.left + (at % PANEL.columns) * across;
    const y = PANEL.top + Math.floor(at / PANEL.columns) * down;
    return `<g transform="translate(${x} ${y})">\n${equityPanel(one)}\n</g>`;
  });
  const names = curvesOf(undefined).map(({ name }, at) => {
    const x = PANEL.left + at * 135;
    return `<text x="${x}" y="${rows * down + 16}" fill="${colourOf(at)}">● ${name}</text>`;
  });
  return svg(across * PANEL.columns, rows * down + 30, [...panels, ...names]);
}

function curvesOf(one: Evaluation | undefined): readonly Curve[] {
  const plain = one?.baselines;
  return [
    { name: 'exploring trades', points: summed(one?.exploring) },
    { name: 'enforced trades', points: summed(one?.enforced) },
    { name: 'random, seed 1', points: summed(plain?.random) },
    { name: 'EMA cross', points: summed(plain?.ema) },
    { name: 'RSI reversion', points: summed(plain?.rsi) },
    { name: 'buy and hold', points: plain?.hold ?? [] },
  ];
}

function summed(trades: readonly Trade[] = []): readonly Point[] {
  let bps = 0;
  return trades.map(({ soldMs, netBps }) => ({ timeMs: soldMs, bps: (bps += netBps) }));
}

function equityPanel(one: Evaluation): string {
  const curves = curvesOf(one);
  const heights = [0, ...curves.flatMap(({ points }) => points.map(({ bps }) => bps))];
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const x = (timeMs: number): number =>
    (PANEL.width * (timeMs - one.firstMs)) / (one.lastMs - one.firstMs);
  const y = (bps: number): number => (PANEL.height * (high - bps)) / (high - low || 1);
  const start = { timeMs: one.firstMs, bps: 0 };
  return [
    `<text x="0" y="-14" font-size="13" font-weight="bold">${one.name}</text>`,
    ...[low, 0, high].map((bps) => gridLine(y(bps), bps.toFixed(0))),
    ...curves.map(({ points }, at) =>
      polyline(
        points.length === 0 ? [] : [start, ...points].map((p) => [x(p.timeMs), y(p.bps)] as const),
        colourOf(at),
      ),
    ),
    `<text x="0" y="${PANEL.height + 18}">${dayOf(one.firstMs)}</text>`,
    `<text x="${PANEL.width}" y="${PANEL.height + 18}" text-anchor="end">${dayOf(one.lastMs)}</text>`,
  ].join('\n');
}

/** Said against seen, with Wilson's interval; on the diagonal a probability means what it says. */
export function reliabilityChart(calibration: CalibrationFigures): string {
  const side = 360;
  const at = (share: number): string => (share * side).toFixed(1);
  const up = (share: number): string => ((1 - share) * side).toFixed(1);
  const bins = calibration.bins.map(({ count, risen, said }) => {
    const { low, high } = wilson(risen, count);
    const [x, y] = [at(said), up(risen / count)];
    return (
      `<line x1="${x}" y1="${up(low)}" x2="${x}" y2="${up(high)}" stroke="${COLOURS[0]}"/>` +
      `<circle cx="${x}" cy="${y}" r="4" fill="${COLOURS[0]}"/>` +
      `<text x="${Number(x) + 7}" y="${Number(y) + 14}">${count}</text>`
    );
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="0" y1="${up(share)}" x2="${side}" y2="${up(share)}" stroke="${AXIS}"/>` +
      `<text x="-8" y="${Number(up(share)) + 4}" text-anchor="end">${share * 100} %</text>` +
      `<text x="${at(share)}" y="${side + 18}" text-anchor="middle">${share * 100} %</text>`,
  );
  const body = [
    `<text x="0" y="-14" font-size="13" font-weight="bold">Chance to rise: said (across), seen (up), states</text>`,
    ...ticks,
    `<line x1="0" y1="${side}" x2="${side}" y2="0" stroke="#9ca3af" stroke-dasharray="4 4"/>`,
    ...bins,
  ];
  return svg(side + 100, side + 90, [`<g transform="translate(60 44)">\n${body.join('\n')}\n</g>`]);
}

function gridLine(y: number, label: string): string {
  const at = y.toFixed(1);
  return (
    `<line x1="0" y1="${at}" x2="${PANEL.width}" y2="${at}" stroke="${AXIS}"/>` +
    `<text x="-8" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`
  );
}

function polyline(points: readonly (readonly [number, number])[], colour: string): string {
  const text = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return `<polyline points="${text}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

function svg(width: number, height: number, parts: readonly string[]): string {
  const open =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    'font-family="sans-serif" font-size="11">';
  const ground = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  return [open, ground, ...parts, '</svg>\n'].join('\n');
}

const colourOf = (at: number): string => COLOURS[at % COLOURS.length] ?? '#000000';
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
