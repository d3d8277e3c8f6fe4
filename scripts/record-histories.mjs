// Histories of real trades and stops, one of each kind of end, for `test/replay/recorded.test.ts`: what is
// written there must replay with every later version of the workflows.
//   node scripts/record-histories.mjs --as 2026-11 [--address 127.0.0.1:7233]
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const FOLDER = join(import.meta.dirname, '..', 'test', 'replay', 'histories');
const TRADE = "WorkflowType = 'tradeWorkflow'";
/** A name for the file, and the workflows that are meant. */
const KINDS = {
  declined: `${TRADE} AND TradeStatus = 'declined'`,
  refused: `${TRADE} AND TradeStatus = 'refused'`,
  closed: `${TRADE} AND TradeStatus = 'closed' AND Exploring = false`,
  exploring: `${TRADE} AND TradeStatus = 'closed' AND Exploring = true`,
  expired: `${TRADE} AND TradeStatus = 'expired'`,
  failed: `${TRADE} AND TradeStatus = 'failed'`,
  stop: "WorkflowType = 'emergencyStopWorkflow'",
};

const { values } = parseArgs({
  options: { as: { type: 'string' }, address: { type: 'string', default: '127.0.0.1:7233' } },
});
if (!values.as || !/^[a-z0-9-]{1,20}$/.test(values.as)) {
  console.error('--as wants a name for this recording, such as 2026-11');
  process.exit(2);
}

const connection = await Connection.connect({ address: values.address });
const client = new Client({ connection, namespace: 'overmind' });
mkdirSync(FOLDER, { recursive: true });
for (const [kind, which] of Object.entries(KINDS)) {
  const query = `ExecutionStatus = 'Completed' AND ${which}`;
  let found;
  for await (const execution of client.workflow.list({ query, pageSize: 1 })) {
    found = execution;
    break;
  }
  if (!found) {
    console.log(`${kind}: there is none`);
    continue;
  }
  const { workflowId, runId } = found;
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const path = join(FOLDER, `${values.as}-${kind}.json`);
  const json = JSON.stringify(JSON.parse(historyToJSON(history)));
  // Which host it was is nobody's business here.
  writeFileSync(path, `${json.replaceAll(hostname(), 'host')}\n`);
  console.log(`${kind}: ${history.events?.length} events of ${workflowId}`);
}
await connection.close();
