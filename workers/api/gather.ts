import { readDecisionFigures } from '../../adapters/ledger/read-decision-figures.ts';
import { readBusinessFigures } from '../../adapters/ledger/read-figures.ts';
import { readTotals } from '../../adapters/ledger/read-totals.ts';
import type { Metrics } from '../../adapters/observability/metrics.ts';
import { readHost } from '../../adapters/observability/read-host.ts';
import { fillMetrics, type Constants } from './collect-metrics.ts';
import type { ApiParts } from './open-parts.ts';
import { within } from './watch-part.ts';

const PULL_MS_MAX = 500;

/** Asks everybody at once and writes what they say; answers with the page. */
export async function gatherMetrics(
  { pool, executor, states }: ApiParts,
  metrics: Metrics,
  constants: Constants & { readonly home: string },
): Promise<string> {
  const now = states();
  const runId = now.postgres.value?.run?.runId;
  const ofRun = async <Found>(read: (runId: string) => Promise<Found>) =>
    runId === undefined ? undefined : within(read(runId), PULL_MS_MAX);
  const [totals, business, decisions, execution, host] = await Promise.allSettled([
    ofRun((id) => readTotals(pool, id)),
    ofRun((id) => readBusinessFigures(pool, { runId: id, quoteMint: constants.quote.mint })),
    ofRun((id) => readDecisionFigures(pool, id)),
    executor.metrics(PULL_MS_MAX),
    within(readHost(constants.home), PULL_MS_MAX),
  ]);
  // What did not answer is absent from the page; its part's flag says so.
  const collected = {
    states: now,
    totals: valueOf(totals),
    business: valueOf(business),
    decisions: valueOf(decisions),
    execution: valueOf(execution),
    host: valueOf(host),
    wallNowMs: Date.now(),
  };
  fillMetrics(metrics, collected, constants);
  return metrics.registry.metrics();
}

const valueOf = <Value>(one: PromiseSettledResult<Value>): Value | undefined =>
  one.status === 'fulfilled' ? one.value : undefined;
