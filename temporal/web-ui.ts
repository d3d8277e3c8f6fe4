import { NAMESPACE } from './ids.ts';

/** A workflow's page. Its id holds slashes: unencoded, the Web UI reads them as its own. */
export function workflowLink(webUi: string, workflowId: string): string {
  return `${workflowsOf(webUi)}/${encodeURIComponent(workflowId)}`;
}

/** The list of those that a query finds. */
export function queryLink(webUi: string, query: string): string {
  return `${workflowsOf(webUi)}?query=${encodeURIComponent(query)}`;
}

/** Those of these ids: what no search attribute says of them can be listed all the same. */
export function workflowsQuery(ids: readonly string[]): string {
  return `WorkflowId IN (${ids.map((id) => JSON.stringify(id)).join(', ')})`;
}

const workflowsOf = (webUi: string): string =>
  `${webUi.replace(/\/$/, '')}/namespaces/${NAMESPACE}/workflows`;

/** What an operator asks for most. A link is made when it is asked for: today is not a fixed day. */
export function savedQueries(now: Date): readonly (readonly [name: string, query: string])[] {
  const today = `${now.toISOString().slice(0, 10)}T00:00:00Z`;
  return [
    ['open', 'WorkflowType = "tradeWorkflow" AND ExecutionStatus = "Running"'],
    ['refused today', `Verdict = "refused" AND StartTime >= "${today}"`],
    ['slow executions', 'ExecLatencyUs > 1000'],
    ['exploring', 'Exploring = true AND TradeStatus = "closed"'],
    ['losses', 'TradeStatus = "closed" AND PnlUsd < 0'],
    ['expired or failed', 'TradeStatus IN ("expired", "failed")'],
    ['halts', 'WorkflowType = "emergencyStopWorkflow"'],
  ];
}
