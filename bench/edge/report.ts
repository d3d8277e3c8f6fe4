import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { calibrationOf } from './calibration-figures.ts';
import {
  COIN_SEED,
  CONTROL_BARS_MAX,
  SHUFFLE_SEED,
  type ControlVerdicts,
  type DisturbedVerdict,
} from './controls.ts';
import { netMean, RANDOM_SEEDS, type Evaluation, type TradeInRegime } from './evaluate.ts';
import { percentileAmong, quantilesOf } from './statistics.ts';
import { bps, decimals, intervalText, percent, table } from './texts.ts';
import { figuresOf, INTERVAL_SEED } from './trade-figures.ts';
import { verdictOf } from './verdict.ts';

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The whole report as Markdown; the same recordings give the same text, byte for byte. */
export function reportOf(evaluations: readonly Evaluation[], controls: ControlVerdicts): string {
  const exploring = inTime(evaluations.flatMap((one) => one.exploring));
  const enforced = inTime(evaluations.flatMap((one) => one.enforced));
  return [
    `**${verdictOf(enforced, exploring)}**`,
    seedsText(),
    '### Recordings',
    table([
      ['recording', 'bars', 'from', 'to', 'states analysed', 'buy and hold (bps, whole span)'],
      ...evaluations.map((one) => [
        one.name,
        String(one.bars),
        day(one.firstMs),
        day(one.lastMs),
        String(one.analysed),
        bps(one.baselines?.holdBps ?? NaN),
      ]),
    ]),
    '### Enforced trades (expected value above 0 after costs)',
    oursTable(evaluations, ({ enforced: trades }) => trades),
    '### Exploring trades (expected value not above 0, smallest size)',
    oursTable(evaluations, ({ exploring: trades }) => trades),
    '### Baselines, net bps a trade',
    baselineTable(evaluations),
    '### Calibration',
    calibrationTable(evaluations),
    '### By regime',
    groupTable('regime', exploring, enforced, ({ regime }) => regime),
    '### By month',
    groupTable('month', exploring, enforced, ({ decidedMs }) => day(decidedMs).slice(0, 7)),
    '### Sanity controls',
    controlTable(controls),
  ].join('\n\n');
}

function seedsText(): string {
  return (
    `Seeds: random entries 1 to ${RANDOM_SEEDS}, intervals ${INTERVAL_SEED}, coin ${COIN_SEED}, ` +
    `shuffle ${SHUFFLE_SEED}. Policy ${FAST_POLICY.version}, horizon ${FAST_POLICY.horizonBars} bars.`
  );
}

const inTime = (trades: readonly TradeInRegime[]): readonly TradeInRegime[] =>
  trades.toSorted((left, right) => left.decidedMs - right.decidedMs);

function oursTable(
  evaluations: readonly Evaluation[],
  tradesOf: (one: Evaluation) => readonly TradeInRegime[],
): string {
  const row = (name: string, trades: readonly TradeInRegime[], better: number): string[] => {
    const figures = figuresOf(trades);
    const none = trades.length === 0;
    return [
      name,
      String(figures.count),
      bps(figures.netBps),
      intervalText(figures.net),
      bps(figures.grossBps),
      percent(better),
      none ? '–' : `${percent(figures.wins.low)} to ${percent(figures.wins.high)}`,
      none ? '–' : figures.drawdownBps.toFixed(0),
      decimals(figures.feeShare, 2),
    ];
  };
  return table([
    [
      'recording',
      'trades',
      'net bps a trade, HOLD = 0',
      '95 % by days',
      'gross bps',
      'better than random seeds',
      'win rate (Wilson 95 %)',
      'drawdown, bps',
      'cost share of moves',
    ],
    ...evaluations.map((one) => {
      const trades = tradesOf(one);
      const others = one.baselines?.randomMeans ?? [];
      const isComparable = trades.length > 0 && others.length > 0;
      const better = isComparable ? percentileAmong(netMean(trades), others) : NaN;
      return row(one.name, trades, better);
    }),
    row('all', inTime(evaluations.flatMap(tradesOf)), NaN),
  ]);
}

function baselineTable(evaluations: readonly Evaluation[]): string {
  return table([
    ['recording', 'random: 5 % / median / 95 % of seeds', 'EMA cross', 'trades', 'RSI', 'trades'],
    ...evaluations.flatMap(({ name, baselines }) => {
      if (!baselines) return [];
      const { ema, rsi, randomMeans } = baselines;
      const seeds = quantilesOf(randomMeans, [0.05, 0.5, 0.95]).map(bps).join(' / ');
      return [
        [name, seeds, bps(netMean(ema)), String(ema.length), bps(netMean(rsi)), String(rsi.length)],
      ];
    }),
  ]);
}

function calibrationTable(evaluations: readonly Evaluation[]): string {
  const rows = [
    ...evaluations.map(({ name, forecasts }) => [name, forecasts] as const),
    ['all', evaluations.flatMap(({ forecasts }) => forecasts)] as const,
  ];
  return table([
    ['recording', 'known states', 'rose', 'Brier', 'Brier of the base rate', 'skill', 'ECE'],
    ...rows.map(([name, forecasts]) => {
      const { count, baseRate, brier, baseBrier, skill, ece } = calibrationOf(forecasts);
      const scores = [brier, baseBrier, skill, ece].map((score) => decimals(score, 4));
      return [name, String(count), percent(baseRate), ...scores];
    }),
  ]);
}

function groupTable(
  head: string,
  exploring: readonly TradeInRegime[],
  enforced: readonly TradeInRegime[],
  groupOf: (trade: TradeInRegime) => string,
): string {
  const names = [...new Set([...exploring, ...enforced].map(groupOf))].toSorted();
  const cells = (trades: readonly TradeInRegime[]): readonly string[] => {
    const { count, netBps, net, grossBps } = figuresOf(trades);
    return [String(count), bps(netBps), intervalText(net), bps(grossBps)];
  };
  return table([
    [head, 'exploring', 'net bps', '95 %', 'gross bps', 'enforced', 'net bps', '95 %', 'gross bps'],
    ...names.map((name) => [
      name,
      ...cells(exploring.filter((trade) => groupOf(trade) === name)),
      ...cells(enforced.filter((trade) => groupOf(trade) === name)),
    ]),
  ]);
}

function controlTable({ coin, shuffled, mirrored }: ControlVerdicts): string {
  const disturbed = ({ trades, calibration, ...rest }: DisturbedVerdict): string =>
    `skill ${decimals(calibration.skill, 4)} on ${calibration.count} states; ${trades} trades, ` +
    `gross ${bps(rest.grossBps)} bps (${intervalText(rest.gross)}), ` +
    `net ${bps(rest.netBps)} bps (${intervalText(rest.net)})`;
  const passed = (one: { readonly passed: boolean }): string => (one.passed ? 'pass' : 'FAIL');
  const share = percent(mirrored.flipped / mirrored.directed);
  return table([
    [`control, first ${CONTROL_BARS_MAX} bars of each recording`, 'asked', 'found', 'verdict'],
    [
      'coin-flip memory',
      'skill not above 0, gross interval holds 0',
      disturbed(coin),
      passed(coin),
    ],
    ['shuffled outcomes', 'skill not above 0, no net edge', disturbed(shuffled), passed(shuffled)],
    [
      'mirrored prices',
      'at least 75 % of the directed opinions turn',
      `${mirrored.flipped} of ${mirrored.directed} turned (${share})`,
      passed(mirrored),
    ],
  ]);
}
