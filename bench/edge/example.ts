import { STATE_V1_NAMES } from '../../adapters/features/state-v1.ts';
import { loadConfig } from '../../config/config.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { decide } from '../../domain/decision/decide.ts';
import type { Decision } from '../../domain/decision/signal.ts';
import { parseMemoryId } from '../../domain/analysis/memory-id.ts';
import { humanAmount, humanBps, humanTime } from '../../domain/shared/human-amounts.ts';
import { decisionSettingsOf } from '../../workers/trading/settings.ts';
import { hearOpinions, outcomesOf, type Analysed } from './opinions.ts';
import { createPaperMarket } from './paper-market.ts';
import { readRecordedMarket, type Recording } from './recording.ts';

/** The recording of the example in `docs/brain.md`. */
export const EXAMPLE_RECORDING = 'SOLUSDT_spot_5m_2024-01_2024-09.csv.gz';
const FEATURES_SHOWN = 6;
const NEIGHBOURS_SHOWN = 5;

/**
 * One decision with all of its numbers, as Markdown: the newest candidate that a trade was made of.
 * Everything comes from the shipped features, memory, policy and decision over the recording's bars.
 */
export async function exampleOf(file: string, bars: number): Promise<string> {
  const recording = await readRecordedMarket(file, bars);
  const config = loadConfig({});
  const settings = decisionSettingsOf(config);
  const paper = createPaperMarket(recording, config.solUsdc);
  const decided = hearOpinions(recording, config.solUsdc).map((one) => ({
    one,
    decision: decide({
      ...{ candidate: one.candidate, opinion: one.opinion, market: paper.market, settings },
      ...{ pool: paper.pool(one.at), lastEventMs: one.candidate.marketTimeMs },
    }),
  }));
  const chosen = decided.findLast(({ decision }) => decision.trade);
  if (!chosen) throw new Error(`no candidate of ${recording.name} became a trade`);
  return textOf(recording, chosen.one, chosen.decision);
}

function textOf(recording: Recording, { at, candidate, opinion }: Analysed, decision: Decision) {
  const { calibration } = opinion;
  const came = outcomesOf(recording)[at];
  const horizon = `${opinion.horizonMs / 60_000} minutes`;
  return [
    `${recording.name}, bar ${at} of ${recording.readings.length}: ${candidate.market} at ${candidate.price}, ${humanTime(candidate.marketTimeMs)}, screen \`${candidate.screen}\`.`,
    '',
    `**1. Features.** ${candidate.features.length} z-scores against the market's own past (\`${candidate.featureVersion}\`). The furthest from usual: ${furthest(candidate.features)}.`,
    '',
    `**2. Past states.** Of ${opinion.memorySize} with a known outcome the ${opinion.neighbours.length} nearest vote; the nearest ${NEIGHBOURS_SHOWN} of them:`,
    '',
    `| state | distance | share of the vote | outcome after ${horizon} |`,
    '| --- | ---: | ---: | ---: |',
    ...opinion.neighbours.slice(0, NEIGHBOURS_SHOWN).map((neighbour) => {
      const time = humanTime(parseMemoryId(neighbour.id).marketTimeMs);
      const share = `${(neighbour.weight * 100).toFixed(1)} %`;
      return `| ${time} | ${neighbour.distance.toFixed(3)} | ${share} | ${humanBps(neighbour.outcomeBps)} |`;
    }),
    '',
    `They lie at ${opinion.dissimilarity.toFixed(2)} of the mean distance inside the memory; above ${FAST_POLICY.dissimilarityMax} the state would be unknown, and held.`,
    '',
    `**3. Vote.** Score ${opinion.score.toFixed(3)}, direction \`${opinion.direction}\`; of the last 500 states ${(opinion.conviction * 100).toFixed(1)} % voted less strongly: conviction ${opinion.conviction.toFixed(3)}. By weight ${(opinion.rawProbability * 100).toFixed(1)} % of them rose.`,
    '',
    `**4. Probability.** σ(${calibration.slope.toFixed(3)} · logit(${opinion.rawProbability.toFixed(3)}) ${signed(calibration.offset, 3)}), fitted to ${calibration.samples} outcomes: ${opinion.probability.toFixed(3)}. Winners made ${humanBps(opinion.averageWinBps)} on average, losers ${humanBps(-opinion.averageLossBps)}.`,
    '',
    `**5. Decision.** ${decisionText(decision)}`,
    '',
    `**6. What came.** ${came === undefined ? 'Not known within these bars.' : `The market stood at ${humanBps(came)} after ${horizon}; the state may vote from then on.`}`,
  ].join('\n');
}

function furthest(features: readonly number[]): string {
  return features
    .map((value, index) => ({ name: STATE_V1_NAMES[index] ?? `feature ${index}`, value }))
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, FEATURES_SHOWN)
    .map(({ name, value }) => `\`${name}\` ${signed(value, 2)}`)
    .join(', ');
}

function decisionText(decision: Decision): string {
  const [why = ''] = decision.reasons;
  if (!decision.trade) return `No trade: ${why}`;
  const { notional, exits, exploring } = decision.signal;
  const minutes = exits.timeExitMs / 60_000;
  const size = `Buy for ${humanAmount(String(notional), 6)} USDC${exploring ? ', the smallest size' : ''}`;
  return `${why} ${size}; stop ${exits.stopLoss} bps below the fill, take profit ${exits.takeProfit} bps above it, out after ${minutes} minutes at the latest.`;
}

const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
