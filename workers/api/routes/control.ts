import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { MarketId } from '../../../domain/shared/ids.ts';
import type { StopOrder } from '../../../cli/stop/road.ts';
import type { StopReport } from '../../../cli/stop/run-stop.ts';
import { jsonAnswer, problem, type Answer } from '../problem.ts';
import { post, type Routes } from '../serve.ts';
import { market, reason } from './fields.ts';

export type ControlDeps = {
  /** Every road at once; answers when FENCED is sure or cannot be had in time. */
  readonly stop: (order: StopOrder) => Promise<StopReport>;
  readonly pause: (scope: 'all' | MarketId, reason: string) => Promise<void>;
  /** False where nothing was paused. */
  readonly endPause: (scope: 'all' | MarketId) => Promise<boolean>;
  readonly isHalted: () => boolean;
  /** Throws `market/unknown`. */
  readonly requireMarket: (market: MarketId) => void;
  readonly onOrdered: (order: string, caller: string, facts: object) => void;
};

const stopRequest = z.strictObject({ reason });
const stopAnswers = z.strictObject({
  fenced: z.boolean(),
  fencedMs: z.number().nullable(),
  haltEpoch: z.int().nullable(),
  stopId: z.string(),
  roads: z.array(
    z.strictObject({
      road: z.string(),
      state: z.enum(['fenced', 'latched', 'ordered', 'failed']),
      haltEpoch: z.int().optional(),
      ms: z.number(),
      said: z.string(),
    }),
  ),
});
const pauseRequest = z.strictObject({
  reason,
  market: market.optional().describe('Without it every market is meant.'),
});
const pauseAnswers = z.strictObject({
  scope: z.string(),
  reduce_only: z.boolean(),
  changed: z.boolean(),
});

export function controlRoutes(deps: ControlDeps): Routes {
  const scopeOf = (id: MarketId | undefined): 'all' | MarketId => {
    if (id !== undefined) deps.requireMarket(id);
    return id ?? 'all';
  };
  return {
    '/control/stop': post({
      scopes: ['control'],
      isUnlimited: true,
      summary: 'Sign nothing new from now on. Open positions stay open.',
      schema: stopRequest,
      answers: stopAnswers,
      async handle(body, caller) {
        deps.onOrdered('stop', caller, body);
        return stopAnswer(await deps.stop({ stopId: `api-${randomUUID()}`, reason: body.reason }));
      },
    }),
    '/control/pause': post({
      scopes: ['control'],
      summary: 'Let no new position be opened; exits go on.',
      schema: pauseRequest,
      answers: pauseAnswers,
      async handle(body, caller) {
        const scope = scopeOf(body.market);
        await deps.pause(scope, body.reason);
        deps.onOrdered('pause', caller, body);
        return jsonAnswer(200, pauseAnswer(scope, true, true));
      },
    }),
    '/control/resume': post({
      scopes: ['control'],
      summary: 'Lift a pause. A halt is lifted by two operators, with `overmind resume`.',
      schema: pauseRequest,
      answers: pauseAnswers,
      async handle(body, caller) {
        const scope = scopeOf(body.market);
        if (deps.isHalted()) return HALTED;
        const changed = await deps.endPause(scope);
        deps.onOrdered('resume', caller, { ...body, changed });
        return jsonAnswer(200, pauseAnswer(scope, false, changed));
      },
    }),
  };
}

export function stopAnswer(report: StopReport): Answer {
  if (report.fenced) return jsonAnswer(200, report);
  const detail =
    report.haltEpoch === null
      ? 'no road got through'
      : `halt epoch ${report.haltEpoch} is latched, but not acknowledged`;
  return problem(503, 'not-fenced', { title: 'NOT FENCED: end the executor’s process', detail });
}

function pauseAnswer(
  scope: string,
  reduceOnly: boolean,
  changed: boolean,
): z.input<typeof pauseAnswers> {
  return { scope, reduce_only: reduceOnly, changed };
}

const HALTED = problem(409, 'halted', {
  title: 'A halt is not lifted over the API',
  detail: 'two operators sign for it: overmind resume --as A --as B --reason …',
});
