// What an operator sees in Temporal's Web UI, as pictures: the list of trades, and the user metadata of
// one of each kind; of a closed one the timeline, too. For looking at after a change to
// `describeTrade`, and for docs/reading-a-trade.md.
//   node scripts/screenshot-web-ui.mjs [--ui URL] [--out FOLDER] [--workflow ID]
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const NAMESPACE = 'overmind';
const COLUMNS =
  'Status,TradeStatus,Market,Strategy,Verdict,NotionalUsd,ExecLatencyUs,PnlUsd,Workflow ID';
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const VIEWPORT = { width: 1_500, height: 1_400 };
const SETTLE_MS = 1_500;

/** Name of the picture, what finds the newest workflow of its kind, and which of its pages. */
const KINDS = [
  ['closed', 'TradeStatus = "closed" AND PnlUsd > 0', 'user-metadata'],
  ['timeline', 'TradeStatus = "closed" AND PnlUsd > 0', 'timeline'],
  ['refused', 'Verdict = "refused"', 'user-metadata'],
  ['declined', 'TradeStatus = "declined"', 'user-metadata'],
  ['expired', 'TradeStatus = "expired"', 'user-metadata'],
  ['halt', 'WorkflowType = "emergencyStopWorkflow"', 'user-metadata'],
];

const { values } = parseArgs({
  options: {
    ui: { type: 'string', default: 'http://127.0.0.1:8233' },
    out: { type: 'string', default: '.overmind/screenshots' },
    workflow: { type: 'string' },
  },
});

const executablePath = process.env['CHROMIUM_PATH'] ?? BROWSERS.find((path) => existsSync(path));
if (!executablePath) {
  console.error(`SKIPPED: no browser; looked for CHROMIUM_PATH, ${BROWSERS.join(', ')}`);
  process.exit(0);
}

mkdirSync(values.out, { recursive: true });
const { chromium } = await import('playwright-core');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: VIEWPORT });
  const columns = { [NAMESPACE]: COLUMNS.split(',').map((label) => ({ label })) };
  await page.addInitScript(
    (chosen) => localStorage.setItem('namespace-workflow-table-columns', chosen),
    JSON.stringify(columns),
  );
  const list = `${values.ui}/namespaces/${NAMESPACE}/workflows`;
  await shoot(page, list, 'list');
  const wanted = values.workflow
    ? ['user-metadata', 'timeline', 'history', 'search-attributes', 'memo'].map((view) => [
        view,
        values.workflow,
        view,
      ])
    : await newestOfEachKind();
  for (const [name, workflowId, view] of wanted) {
    if (!workflowId) {
      console.error(`${name}: there is none yet`);
      continue;
    }
    // The ids hold slashes; unencoded, another page answers.
    await page.goto(`${list}/${encodeURIComponent(workflowId)}`);
    await page.waitForURL(/\/timeline|\/history/);
    const run = page.url().replace(/\/(timeline|history).*$/, '');
    await shoot(page, `${run}/${view}`, name);
  }
} finally {
  await browser.close();
}

async function newestOfEachKind() {
  return Promise.all(
    KINDS.map(async ([name, query, view]) => {
      const url = `${values.ui}/api/v1/namespaces/${NAMESPACE}/workflows?query=${encodeURIComponent(query)}`;
      const { executions = [] } = await (await fetch(url)).json();
      return [name, executions[0]?.execution.workflowId, view];
    }),
  );
}

async function shoot(page, url, name) {
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.getByRole('heading').first().waitFor();
  await page.waitForTimeout(SETTLE_MS);
  const path = join(values.out, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}
