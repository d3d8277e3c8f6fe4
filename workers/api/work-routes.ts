import { valueOf, entriesOf } from '../../adapters/bus/stream-entry.ts';
import { STREAMS } from '../../adapters/bus/stream-names.ts';
import { endPause, recordPause } from '../../adapters/ledger/reduce-only.ts';
import {
  convertingOf,
  createPayloadCodec,
  type Converting,
} from '../../adapters/payloads/payload-codec.ts';
import { openRoads } from '../../cli/stop/open-roads.ts';
import type { StopOrder } from '../../cli/stop/road.ts';
import { runStop, type StopReport } from '../../cli/stop/run-stop.ts';
import { findOneTrade } from '../../cli/trades/whole-trade.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import type { ProcessContext } from '../run-process.ts';
import { createApprovalClient, type ApprovalClient } from '../trading/approval-client.ts';
import { riskLimitsOf } from '../trading/settings.ts';
import type { ApiParts } from './open-parts.ts';
import { haltedOf } from './part-states.ts';
import { alertRoute } from './routes/alert.ts';
import { analyzeRoute } from './routes/analyze.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { codecRoutes, originsOf } from './routes/codec.ts';
import { controlRoutes } from './routes/control.ts';
import { validateRoute } from './routes/validate.ts';
import type { Routes } from './serve.ts';

/** Enough to meet each market once in the newest part of the stream. */
const NEWEST_ENTRIES = 256;

/** Every route that wants a token. */
export function workRoutes(context: ProcessContext, parts: ApiParts): Routes {
  const { config, log } = context;
  const { pool, states } = parts;
  const onOrdered = (order: string, caller: string, facts: object): void =>
    log.warn({ order, caller, ...facts }, 'ordered over the api');
  const converting = convertingOf(config.payloads);
  const control = {
    stop: oneAtATime(context),
    pause: (scope: string, reason: string) => recordPause(pool, scope, reason),
    endPause: (scope: string) => endPause(pool, scope),
    isHalted: () => haltedOf(states()) === true,
    requireMarket: (id: MarketId) => void loadMarkets([id]),
    onOrdered,
  };
  return {
    '/ai/analyze': analyzeRoute({
      consider: (candidate, timeoutMs) => parts.brain.consider(candidate, timeoutMs),
      newestState: (market) => readNewestState(parts, market),
      memoryUpToMs: (market) => states().brain.value?.upToMs[market],
      runId: () => config.runId ?? states().postgres.value?.run?.runId,
      convictionMin: config.ai.confidenceThreshold,
    }),
    '/risk/validate': validateRoute(riskLimitsOf(config)),
    ...controlRoutes(control),
    '/control/alert': alertRoute(control),
    ...(config.payloads.keys.length === 0
      ? {}
      : codecRoutes(createPayloadCodec(config.payloads), originsOf(config.addresses.temporalUi))),
    ...approvalRoutes({
      findTrade: (asked) => findOneTrade(pool, asked),
      answer: async (...asked) => (await approvalsOf(parts, converting)).answer(...asked),
      onOrdered,
    }),
  };
}

/** Who asks while one is under way gets its answer: the halt is the same. */
function oneAtATime({ config }: ProcessContext): (order: StopOrder) => Promise<StopReport> {
  let running: Promise<StopReport> | undefined;
  return (order) => {
    if (running) return running;
    const roads = openRoads({ config, runFile: undefined });
    running = runStop(roads, order).finally(() => {
      running = undefined;
      for (const road of roads) road.close();
    });
    return running;
  };
}

async function approvalsOf(
  { temporal }: ApiParts,
  converting: Converting,
): Promise<ApprovalClient> {
  try {
    return createApprovalClient(await temporal(), { converting });
  } catch (cause) {
    const fault = 'no connection';
    throw new OvermindError('temporal/unreachable', { operation: 'connect', fault }, { cause });
  }
}

async function readNewestState(
  { bus }: ApiParts,
  market: MarketId,
): Promise<MarketState | undefined> {
  const { key } = STREAMS.market;
  const recent = await bus()
    .then((connection) => connection.xrevrange(key, '+', '-', 'COUNT', NEWEST_ENTRIES))
    .catch((cause: unknown) => {
      throw new OvermindError('bus/unreachable', { operation: 'read newest state' }, { cause });
    });
  for (const entry of entriesOf([[key, recent]])) {
    const state = valueOf<MarketState>(key, entry, 'e');
    if (state.event.market === market && state.features) return state;
  }
  return undefined;
}
