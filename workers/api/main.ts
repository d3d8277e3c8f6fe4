import { readActiveTokens } from '../../adapters/ledger/service-tokens.ts';
import { createMetrics } from '../../adapters/observability/metrics.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Market } from '../../domain/market/market.ts';
import { runProcess, type ProcessContext } from '../run-process.ts';
import { gatherMetrics } from './gather.ts';
import { openApiOf } from './openapi.ts';
import { openParts } from './open-parts.ts';
import { haltedOf, healthOf, readinessOf, type Report } from './part-states.ts';
import { jsonAnswer, type Answer } from './problem.ts';
import { serveRoutes, type GetRoute, type Routes } from './serve.ts';
import { createTokenGate } from './token-gate.ts';
import { workRoutes } from './work-routes.ts';

/** Several scrapers at once cost the executor one look a second. */
const METRICS_LIFE_MS = 1_000;
const BEAT_EVERY_MS = 250;

async function main(context: ProcessContext): Promise<void> {
  const { config, log, onStop } = context;
  const parts = openParts(context);
  const metrics = createMetrics();
  const loopMsAgo = watchLoop(onStop);
  const constants = { risk: config.risk, quote: quoteOf(loadMarkets()), home: config.home };
  const readMetrics = cached(() => gatherMetrics(parts, metrics, constants), METRICS_LIFE_MS);
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
    onAnswered(route, status, seconds) {
      metrics.counters.requests.inc({ route, status: String(status) });
      metrics.timings.requestTime.observe({ route }, seconds);
    },
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  onStop('server', () => {
    server.close();
    server.closeAllConnections();
  });
  context.ready({ port: config.addresses.apiPort });
}

/** USDC is the quote of every market. */
function quoteOf([market]: readonly Market[]): Market['quote'] {
  if (!market) throw new Error('the registry has at least one market');
  return market.quote;
}

/** How long ago our own loop turned. */
function watchLoop(onStop: ProcessContext['onStop']): () => number {
  let beatAtMs = performance.now();
  const timer = setInterval(() => (beatAtMs = performance.now()), BEAT_EVERY_MS);
  onStop('beat', () => clearInterval(timer));
  return () => performance.now() - beatAtMs;
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
