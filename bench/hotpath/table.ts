import { PERCENTILES, percent, times, us } from '../shared/figures.ts';
import { describeMachine } from '../shared/machine.ts';
import { SIDE_NAMES, SIDES } from './names.ts';
import type { Options } from './options.ts';
import {
  figuresOf,
  gatesOf,
  goalsOf,
  REGIMES,
  type Gate,
  type Path,
  type Results,
} from './results.ts';

const PATHS: readonly (readonly [path: Path, title: string])[] = [
  ['readToWire', 'permit read → last write returned'],
  ['publishToEngine', 'XADD by the approver → bytes at the engine'],
  ['wireToReport', 'signature → report stored and read'],
];
const number = (value: number): string => Math.round(value).toLocaleString('en');

/** The table of the console and of `docs/performance.md`, Markdown in both. */
export function tableOf(results: Results, options: Options): string {
  const { throughput, recording, conditions } = results;
  const { withNs, withoutNs } = recording;
  return [
    `${describeMachine()}; ${number(options.events)} paced permits of each side a round and regime, ` +
      `${options.rounds} round${options.rounds === 1 ? '' : 's'}, each figure of the median round.`,
    '',
    ...REGIMES.map(
      (regime) => `- ${regime}: ${conditions[regime]}; refused: ${refusedIn(results, regime)}`,
    ),
    '',
    `| what | regime | side | ${PERCENTILES.map((p) => `p${p}`).join(' | ')} |`,
    `| --- | --- | --- | ${PERCENTILES.map(() => '---:').join(' | ')} |`,
    ...PATHS.flatMap(([path, title]) => REGIMES.flatMap((regime) => rowsOf(path, title, regime))),
    '',
    '| what | executor | baseline | floor | executor ÷ baseline |',
    '| --- | ---: | ---: | ---: | ---: |',
    `| permits/s, a burst, replies and XACK included | ${number(throughput.fast)} | ${number(throughput.baseline)} | ${number(throughput.floor)} | ${times(throughput.fast / throughput.baseline)} |`,
    ...sustainedRows(results),
    `| ns a permit for the path's histograms: on, off | ${number(withNs)} | ${number(withoutNs)} | | ${(withNs / withoutNs).toFixed(3)}x |`,
    '',
    '| stage of the executor, all permits of this run | p50 | p90 | p99 | p99.9 |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...stageRows(results),
    '',
    '| goal | is | |',
    '| --- | ---: | --- |',
    ...goalsOf(results).map(
      ({ what, is, met }) => `| ${what} | ${formatted(is)} | ${met ? 'met' : 'not met'} |`,
    ),
    ...gatesOf(results).map(
      (gate) => `| gate: ${gate.what} ≥ ${gate.min}x | ${times(gate.ratio)} | ${gateSaid(gate)} |`,
    ),
  ].join('\n');

  function rowsOf(path: Path, title: string, regime: (typeof REGIMES)[number]): string[] {
    const figures = figuresOf(results, regime, path);
    const cells = (of: (percentile: (typeof PERCENTILES)[number]) => string): string =>
      PERCENTILES.map(of).join(' | ');
    return [
      ...SIDES.map(
        (side) =>
          `| ${title} | ${regime} | ${SIDE_NAMES[side]} | ${cells((p) => us(figures[side][p]))} |`,
      ),
      `| | | baseline ÷ executor | ${cells((p) => times(figures.ratio(p)))} |`,
      `| | | executor ÷ floor | ${cells((p) => times(figures.ofFloor(p)))} |`,
    ];
  }
}

/** A permit that met a full sender or an old blockhash on a machine that stood still. */
function refusedIn({ paced }: Results, regime: (typeof REGIMES)[number]): string {
  const counts = new Map<string, number>();
  for (const round of paced[regime]) {
    for (const side of SIDES) {
      for (const [why, count] of round[side].refused) {
        const what = `${side} ${why}`;
        counts.set(what, (counts.get(what) ?? 0) + count);
      }
    }
  }
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ') || 'none';
}

function stageRows({ stages }: Results): string[] {
  return Object.entries(stages.stages).map(
    ([stage, { p50Us, p90Us, p99Us, p999Us }]) =>
      `| ${stage} | ${[p50Us, p90Us, p99Us, p999Us].map((value) => `${value.toFixed(1)} µs`).join(' | ')} |`,
  );
}

function gateSaid({ ratio, min, ofFloor, ofFloorMax, met }: Gate): string {
  if (ratio >= min) return 'met';
  const near = `${times(ofFloor)} of the floor, ${times(ofFloorMax)} allowed`;
  return met ? `met by ${near}` : `**missed**: ${near}`;
}

const formatted = (value: number): string => (value < 100 ? value.toFixed(2) : number(value));

function sustainedRows({ sustained }: Results): string[] {
  const { fast, baseline, floor } = sustained;
  return [
    `| permits/s reached of 1,000 offered | ${number(fast.perSecond)} | ${number(baseline.perSecond)} | ${number(floor.perSecond)} | |`,
    `| CPU of the process meanwhile, of one core | ${percent(fast.cpuShare)} | ${percent(baseline.cpuShare)} | ${percent(floor.cpuShare)} | |`,
    `| context switches of its main thread meanwhile | ${number(fast.contextSwitches)} | ${number(baseline.contextSwitches)} | ${number(floor.contextSwitches)} | |`,
    `| scavenges meanwhile | ${number(fast.scavenges)} | – | – | |`,
  ];
}
