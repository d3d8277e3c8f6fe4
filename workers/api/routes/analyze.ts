import { z } from 'zod';
import type { Opinion } from '../../../domain/analysis/opinion.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import type { MarketId, RunId } from '../../../domain/shared/ids.ts';
import { jsonAnswer, problem, type Answer } from '../problem.ts';
import { post, type PostRoute } from '../serve.ts';
import { market, price, timeMs } from './fields.ts';

const FEATURES_MAX = 256;
const FEATURE_SIZE_MAX = 1_000_000;
/** The brain gives up a little sooner. */
const ANSWER_MS_MAX = 1_000;

const request = z.strictObject({
  market_data: z.strictObject({
    market,
    price: price.optional().describe("Without it the newest event's."),
    features: z
      .array(z.number().min(-FEATURE_SIZE_MAX).max(FEATURE_SIZE_MAX))
      .min(1)
      .max(FEATURES_MAX)
      .optional()
      .describe('The vector of the state; without it the newest one of this market.'),
    feature_version: z
      .string()
      .regex(/^[a-z0-9_]{1,40}$/)
      .optional(),
  }),
  context: z
    .strictObject({
      screen: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and dashes')
        .optional(),
    })
    .default({})
    .describe('What made the caller ask; it changes no opinion.'),
  timestamp: timeMs.describe('Market time of the state: nothing later has a vote.'),
});

const answers = z.strictObject({
  decision: z.enum(['BUY', 'SELL', 'HOLD']),
  confidence: z.number().min(0).max(1),
  reasoning: z.string(),
  probability: z.number().min(0).max(1).describe('Calibrated, that the price will be higher.'),
  known: z.boolean().describe('Whether the memory holds states like this one.'),
  memory_size: z.int(),
  policy: z.string(),
});

type Request = z.output<typeof request>;

export type AnalyzeDeps = {
  readonly consider: (candidate: Candidate, timeoutMs: number) => Promise<Opinion>;
  /** The newest state with features; undefined where the feed has published none. */
  readonly newestState: (market: MarketId) => Promise<MarketState | undefined>;
  /** Market time up to which the brain's memory reaches. */
  readonly memoryUpToMs: (market: MarketId) => number | undefined;
  readonly runId: () => RunId | undefined;
  readonly convictionMin: number;
};

/** The same policy that trades are made by, asked without making one. */
export function analyzeRoute(deps: AnalyzeDeps): PostRoute {
  return post({
    scopes: ['analyze'],
    summary: 'What the brain thinks of a market state.',
    schema: request,
    answers,
    async handle(body) {
      const candidate = await candidateOf(body, deps);
      if ('status' in candidate) return candidate;
      try {
        const opinion = await deps.consider(candidate, ANSWER_MS_MAX);
        return jsonAnswer(200, answerOf(opinion, deps.convictionMin));
      } catch (error) {
        if (!(error instanceof OvermindError) || error.code !== 'socket/refused') throw error;
        // The context of this very code.
        const { fault } = error.context as OvermindError<'socket/refused'>['context'];
        const detail = fault.slice(0, 300);
        return problem(422, 'not-analysable', { title: 'The brain cannot judge this', detail });
      }
    },
  });
}

async function candidateOf(
  { market_data: asked, context, timestamp }: Request,
  { newestState, memoryUpToMs, runId }: AnalyzeDeps,
): Promise<Candidate | Answer> {
  const { market: id } = asked;
  const run = runId();
  const upToMs = memoryUpToMs(id);
  if (run === undefined) return problem(503, 'no-run', { title: 'There is no run' });
  if (upToMs === undefined) {
    const detail = 'the brain has heard no event of it in this run';
    return problem(404, 'market-unknown', {
      title: 'Not known',
      field: 'market_data.market',
      detail,
    });
  }
  const isWhole = asked.features !== undefined && asked.price !== undefined;
  const newest = isWhole ? undefined : await newestState(id);
  const features = asked.features ?? newest?.features;
  const at = asked.price ?? newest?.event.close;
  if (!features || at === undefined) {
    const title = 'The feed has published no state of this market yet';
    return problem(409, 'no-state', { title, field: 'market_data.features' });
  }
  return {
    signalId: `${run}-${id}-api-${timestamp}`,
    runId: run,
    market: id,
    screen: context.screen ?? 'api',
    marketTimeMs: timestamp,
    ...{ price: at, solPrice: at, features: [...features] },
    featureVersion: asked.feature_version ?? newest?.featureVersion ?? 'state_v1',
    poolSlot: 0,
    // Never beyond what is known, or the answer would wait for the feed.
    memoryUpToMs: Math.max(0, Math.min(timestamp, upToMs)),
    receivedNs: '0',
  };
}

function answerOf(opinion: Opinion, convictionMin: number): z.input<typeof answers> {
  const { known, direction, conviction, probability, reasons } = opinion;
  const isSure = known && conviction >= convictionMin;
  const decision = !isSure || direction === 'flat' ? 'HOLD' : direction === 'up' ? 'BUY' : 'SELL';
  const why = isSure
    ? ''
    : known
      ? ` Conviction ${conviction.toFixed(2)} is below ${convictionMin}.`
      : ' No state like it is known.';
  return {
    decision,
    confidence: conviction,
    reasoning: `${reasons.join(' ')}${why}`,
    probability,
    known,
    memory_size: opinion.memorySize,
    policy: opinion.policyVersion,
  };
}
