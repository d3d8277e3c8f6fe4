import { createRandom } from '../../adapters/market-data/random.ts';
import { createStateV1 } from '../../adapters/features/state-v1.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { Opinion } from '../../domain/analysis/opinion.ts';
import { calibrationOf, type CalibrationFigures, type Forecast } from './calibration-figures.ts';
import { forecastsOf, type EvaluationTerms } from './evaluate.ts';
import { hearOpinions, type Analysed } from './opinions.ts';
import { createPaperMarket } from './paper-market.ts';
import { ourTrades } from './policies.ts';
import type { Recording } from './recording.ts';
import { dailyInterval, mean, type Interval } from './statistics.ts';
import type { Trade } from './trade.ts';

export const COIN_SEED = 11;
export const SHUFFLE_SEED = 12;

/** One recording under each control; merged over recordings by `judgeControls`. */
export type ControlRun = {
  readonly coin: Disturbed;
  readonly shuffled: Disturbed;
  /** Opinions with a direction both in the market and in its mirror, and how many of them turned. */
  readonly mirrored: { readonly directed: number; readonly flipped: number };
};

type Disturbed = { readonly forecasts: readonly Forecast[]; readonly trades: readonly Trade[] };

/** Three brains more; each bar costs as much as in the run itself, so they hear the first ones. */
export const CONTROL_BARS_MAX = 8_000;

/** Disturbs what the brain remembers, or what it sees, and hears it again. Seeded. */
export function runControls(
  whole: Recording,
  analysed: readonly Analysed[],
  terms: EvaluationTerms,
): ControlRun {
  const recording = { ...whole, readings: whole.readings.slice(0, CONTROL_BARS_MAX) };
  const closes = recording.readings.map(({ event }) => Number(event.close));
  const settings = { ...terms.settings, evGate: 'observe' } as const;
  const paper = createPaperMarket(recording, terms.solUsdc);
  const withMemoryOf = (path: readonly number[]): Disturbed => {
    const heard = hearOpinions(recording, terms.solUsdc, path.map(String));
    return {
      forecasts: forecastsOf(recording, heard),
      trades: ourTrades(heard, { paper, settings }),
    };
  };
  const mirror = hearOpinions(mirrorOf(recording), terms.solUsdc);
  return {
    coin: withMemoryOf(coinPath(closes, COIN_SEED)),
    shuffled: withMemoryOf(shuffledPath(closes, SHUFFLE_SEED)),
    mirrored: flipsOf(analysed, mirror),
  };
}

/** Each bar moves as far as it did, up or down by a coin: outcomes that no state foretells. */
export function coinPath(closes: readonly number[], seed: number): readonly number[] {
  const random = createRandom(seed);
  return pathOf(closes, (ratios) =>
    ratios.map((ratio) => (random.next() < 0.5 ? ratio : 1 / ratio)),
  );
}

/** The bars' moves in another order: the same market as a whole, torn from the states. */
export function shuffledPath(closes: readonly number[], seed: number): readonly number[] {
  const random = createRandom(seed);
  return pathOf(closes, (ratios) => {
    const shuffled = [...ratios];
    for (let left = shuffled.length; left > 1; left--) {
      const taken = Math.floor(random.next() * left);
      const [one, other] = [shuffled[taken] ?? 1, shuffled[left - 1] ?? 1];
      shuffled[left - 1] = one;
      shuffled[taken] = other;
    }
    return shuffled;
  });
}

function pathOf(
  closes: readonly number[],
  disturb: (ratios: readonly number[]) => readonly number[],
): readonly number[] {
  const [first = 1] = closes;
  const ratios = closes.slice(1).map((close, at) => close / (closes[at] ?? close));
  let price = first;
  return [first, ...disturb(ratios).map((ratio) => (price *= ratio))];
}

/** p → 1/p: every rise is a fall of the same size. Screens stay where they fired. */
function mirrorOf(recording: Recording): Recording {
  const features = createStateV1(recording.market.id);
  const readings = recording.readings.map(({ features: _, ...reading }) => {
    const event = mirroredEvent(reading.event);
    const vector = features.add(event);
    return vector ? { ...reading, event, features: vector } : { ...reading, event };
  });
  return { ...recording, readings };
}

/** Volume in quote terms of the mirror would be another series: it stays as it is. */
export function mirroredEvent(event: MarketEvent): MarketEvent {
  const inverse = (price: string): string => String(1 / Number(price));
  return {
    ...event,
    open: inverse(event.open),
    high: inverse(event.low),
    low: inverse(event.high),
    close: inverse(event.close),
  };
}

function flipsOf(plain: readonly Analysed[], mirror: readonly Analysed[]): ControlRun['mirrored'] {
  const seen = new Map<number, Opinion>(mirror.map(({ at, opinion }) => [at, opinion]));
  const pairs = plain
    .map(({ at, opinion }) => [opinion.direction, seen.get(at)?.direction ?? 'flat'] as const)
    .filter(([here, there]) => here !== 'flat' && there !== 'flat');
  return { directed: pairs.length, flipped: pairs.filter(([a, b]) => a !== b).length };
}

export type ControlVerdicts = {
  readonly coin: DisturbedVerdict;
  readonly shuffled: DisturbedVerdict;
  readonly mirrored: ControlRun['mirrored'] & { readonly passed: boolean };
};

export type DisturbedVerdict = {
  readonly trades: number;
  readonly calibration: CalibrationFigures;
  readonly grossBps: number;
  readonly gross: Interval | undefined;
  readonly netBps: number;
  readonly net: Interval | undefined;
  readonly passed: boolean;
};

/** Features are not quite symmetric (means of 1/p, volume), so not every opinion can turn. */
const FLIPPED_SHARE_MIN = 0.75;

/**
 * Coin: no skill, and a gross edge whose interval holds 0. Shuffled: no skill, and no net edge.
 * Mirrored: most opinions turn.
 */
export function judgeControls(runs: readonly ControlRun[], seed: number): ControlVerdicts {
  const coin = disturbedOf(
    runs.map((run) => run.coin),
    seed,
  );
  const shuffled = disturbedOf(
    runs.map((run) => run.shuffled),
    seed,
  );
  const directed = runs.reduce((sum, { mirrored }) => sum + mirrored.directed, 0);
  const flipped = runs.reduce((sum, { mirrored }) => sum + mirrored.flipped, 0);
  const unskilled = ({ calibration }: Omit<DisturbedVerdict, 'passed'>): boolean =>
    calibration.skill <= 0;
  const { gross } = coin;
  const holdsZero = gross !== undefined && gross.low <= 0 && gross.high >= 0;
  return {
    coin: { ...coin, passed: unskilled(coin) && holdsZero },
    shuffled: { ...shuffled, passed: unskilled(shuffled) && !((shuffled.net?.low ?? 0) > 0) },
    mirrored: { directed, flipped, passed: flipped >= FLIPPED_SHARE_MIN * directed },
  };
}

function disturbedOf(runs: readonly Disturbed[], seed: number): Omit<DisturbedVerdict, 'passed'> {
  const trades = runs.flatMap((run) => run.trades);
  const dated = (of: (trade: Trade) => number) =>
    trades.map((trade) => ({ timeMs: trade.decidedMs, value: of(trade) }));
  return {
    trades: trades.length,
    calibration: calibrationOf(runs.flatMap(({ forecasts }) => forecasts)),
    grossBps: mean(trades.map(({ grossBps }) => grossBps)),
    gross: dailyInterval(
      dated(({ grossBps }) => grossBps),
      seed,
    ),
    netBps: mean(trades.map(({ netBps }) => netBps)),
    net: dailyInterval(
      dated(({ netBps }) => netBps),
      seed,
    ),
  };
}
