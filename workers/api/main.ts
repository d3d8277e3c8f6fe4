import { createMetrics, type Metrics } from '../../adapters/observability/metrics.ts';
import { readActiveTokens } from '../../adapters/ledger/service-tokens.ts';
import { readTotals } from '../../adapters/ledger/read-totals.ts';
import { runProcess, type ProcessContext } from '../run-process.ts';
import { fillMetrics } from './collect-metrics.ts';
import { openApiOf } from './openapi.ts';
import { openParts, type ApiParts } from './open-parts.ts';
import { haltedOf, healthOf, readinessOf, type Report } from './part-states.ts';
import { jsonAnswer, type Answer } from './problem.ts';
import { serveRoutes, type GetRoute, type Routes } from './serve.ts';
import { createTokenGate } from './token-gate.ts';
import { within } from './watch-part.ts';
import { workRoutes } from './work-routes.ts';

/** Several scrapers at once cost the executor one look a second. */
const METRICS_LIFE_MS = 1_000;
const METRICS_PULL_MS_MAX = 500;
const BEAT_EVERY_MS = 250;

async function main(context: ProcessContext): Promise<void> {
  const { config, log, onStop } = context;
  const parts = openParts(context);
  const metrics = createMetrics();
  const loopMsAgo = watchLoop(onStop);
  const readMetrics = cached(() => collect(parts, metrics), METRICS_LIFE_MS);
  const reported = (report: Report, facts: object = {}): Answer =>
    jsonAnswer(report.ok ? 200 : 503, { ...report, ...facts });

  const reading = (handle: GetRoute['handle']): GetRoute => ({ method: 'GET', handle });
  const working = workRoutes(context, parts);
  const routes: Routes = {
    '/health': reading(() =>
      reported(
        healthOf(parts.states(), { monotonicMs: performance.now(), loopMsAgo: loopMsAgo() }),
      ),
    ),
    '/ready': reading(() => {
      const states = parts.states();
      return reported(readinessOf(states, Date.now()), { halted: haltedOf(states) });
    }),
    '/metrics': reading(async () => ({
      status: 200,
      contentType: metrics.registry.contentType,
      body: await readMetrics(),
    })),
    '/openapi.json': reading(() => openApi),
    ...working,
  };
  const openApi = jsonAnswer(200, openApiOf(routes));

  const server = await serveRoutes({
    host: config.addresses.bind,
    port: config.addresses.apiPort,
    routes,
    gate: createTokenGate({
      readTokens: () => readActiveTokens(parts.pool),
      perSecondMax: config.api.requestsPerSecondMax,
      nowMs: () => performance.now(),
    }),
    onAnswered: (route, status) => metrics.totals.requests.inc({ route, status: String(status) }),
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  onStop('server', () => {
    server.close();
    server.closeAllConnections();
  });
  context.ready({ port: config.addresses.apiPort });
}

/** How long ago our own loop turned. */
function watchLoop(onStop: ProcessContext['onStop']): () => number {
  let beatAtMs = performance.now();
  const timer = setInterval(() => (beatAtMs = performance.now()), BEAT_EVERY_MS);
  onStop('beat', () => clearInterval(timer));
  return () => performance.now() - beatAtMs;
}

async function collect({ pool, executor, states }: ApiParts, metrics: Metrics): Promise<string> {
  const now = states();
  const runId = now.postgres.value?.run?.runId;
  const [totals, execution] = await Promise.allSettled([
    runId === undefined
      ? Promise.resolve(undefined)
      : within(readTotals(pool, runId), METRICS_PULL_MS_MAX),
    executor.metrics(METRICS_PULL_MS_MAX),
  ]);
  // What did not answer is absent from the page; its part's flag says so.
  fillMetrics(metrics, {
    states: now,
    totals: totals.status === 'fulfilled' ? totals.value : undefined,
    execution: execution.status === 'fulfilled' ? execution.value : undefined,
    wallNowMs: Date.now(),
  });
  return metrics.registry.metrics();
}

/** One answer for all who ask within its life, and while it is being made. */
function cached<Value>(make: () => Promise<Value>, lifeMs: number): () => Promise<Value> {
  let latest: Promise<Value> | undefined;
  let madeAtMs = -Infinity;
  return () => {
    if (latest && performance.now() - madeAtMs < lifeMs) return latest;
    madeAtMs = performance.now();
    const making = make();
    latest = making;
    making.catch(() => {
      if (latest === making) latest = undefined;
    });
    return making;
  };
}

await runProcess('api', main);
