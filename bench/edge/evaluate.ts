import type { DecisionSettings } from '../../domain/decision/decision-settings.ts';
import { regimeOf, type Regime } from '../../workers/brain/regime.ts';
import type { Forecast } from './calibration-figures.ts';
import { outcomesOf, type Analysed } from './opinions.ts';
import { createPaperMarket, type PaperMarket } from './paper-market.ts';
import {
  buyAndHoldBps,
  createPlainTrades,
  emaCrosses,
  ourTrades,
  randomTrades,
  rsiReversions,
  ruleTrades,
} from './policies.ts';
import type { Recording } from './recording.ts';
import { mean } from './statistics.ts';
import type { Trade } from './trade.ts';

export const RANDOM_SEEDS = 200;

export type TradeInRegime = Trade & { readonly regime: Regime };

/** Everything that the report says of one recording. */
export type Evaluation = {
  readonly name: string;
  readonly bars: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly analysed: number;
  /** Made under the gate `observe` although the expected value was not positive. */
  readonly exploring: readonly TradeInRegime[];
  /** Made under the gate `enforce`. */
  readonly enforced: readonly TradeInRegime[];
  readonly baselines: Baselines | undefined;
  readonly forecasts: readonly Forecast[];
};

export type Baselines = {
  readonly ema: readonly Trade[];
  readonly rsi: readonly Trade[];
  /** Mean net bps a trade of each seed, at the rate of our trades under the gate `observe`. */
  readonly randomMeans: readonly number[];
  /** The first seed's, for the curve. */
  readonly random: readonly Trade[];
  readonly holdBps: number;
  /** What the price did since the baselines could first enter, bps. */
  readonly hold: readonly { readonly timeMs: number; readonly bps: number }[];
};

export type EvaluationTerms = {
  readonly settings: DecisionSettings;
  readonly solUsdc: string;
};

/** Opinions are heard once; both gates trade on the same ones. */
export function evaluate(
  recording: Recording,
  analysed: readonly Analysed[],
  terms: EvaluationTerms,
): Evaluation {
  const paper = createPaperMarket(recording, terms.solUsdc);
  const tradesUnder = (evGate: DecisionSettings['evGate']): readonly TradeInRegime[] => {
    const trades = ourTrades(analysed, { paper, settings: { ...terms.settings, evGate } });
    const features = new Map(analysed.map(({ at, candidate }) => [at, candidate.features]));
    return trades.map((trade) => ({ ...trade, regime: regimeOf(features.get(trade.at) ?? []) }));
  };
  const observed = tradesUnder('observe');
  return {
    name: recording.name,
    bars: paper.bars,
    firstMs: paper.timeMs(0),
    lastMs: paper.timeMs(paper.bars - 1),
    analysed: analysed.length,
    exploring: observed.filter(({ exploring }) => exploring),
    enforced: tradesUnder('enforce'),
    baselines: baselinesOf(analysed, observed, { paper, settings: terms.settings }),
    forecasts: forecastsOf(recording, analysed),
  };
}

function baselinesOf(
  analysed: readonly Analysed[],
  ours: readonly Trade[],
  rules: { readonly paper: PaperMarket; readonly settings: DecisionSettings },
): Baselines | undefined {
  const { paper } = rules;
  const plain = createPlainTrades(analysed, rules);
  if (!plain) return undefined;
  const seeds = Array.from({ length: RANDOM_SEEDS }, (_, at) => at + 1);
  const byChance = seeds.map((seed) => randomTrades(plain, ours, seed));
  return {
    ema: ruleTrades(plain, emaCrosses(paper)),
    rsi: ruleTrades(plain, rsiReversions(paper)),
    randomMeans: byChance.filter(({ length }) => length > 0).map((trades) => netMean(trades)),
    random: byChance[0] ?? [],
    holdBps: buyAndHoldBps(plain, rules),
    hold: priceCourse(paper, plain.first),
  };
}

export const netMean = (trades: readonly Trade[]): number =>
  mean(trades.map(({ netBps }) => netBps));

const COURSE_POINTS = 160;

function priceCourse(paper: PaperMarket, first: number): Baselines['hold'] {
  const begin = Number(paper.priceText(first));
  return Array.from({ length: COURSE_POINTS + 1 }, (_, point) => {
    const at = first + Math.round(((paper.bars - 1 - first) * point) / COURSE_POINTS);
    const bps = (Number(paper.priceText(at)) / begin - 1) * 10_000;
    return { timeMs: paper.timeMs(at), bps };
  });
}

/** Chances to rise of known states, whatever the direction, against what the market then did. */
export function forecastsOf(
  recording: Recording,
  analysed: readonly Analysed[],
): readonly Forecast[] {
  const outcomes = outcomesOf(recording);
  return analysed.flatMap(({ at, opinion }) => {
    const outcome = outcomes[at];
    if (!opinion.known || outcome === undefined) return [];
    return [{ probability: opinion.probability, rose: outcome > 0 }];
  });
}
