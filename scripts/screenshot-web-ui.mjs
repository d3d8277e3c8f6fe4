// What an operator sees of the trades in Temporal's Web UI, as pictures: the list, and of one trade
// its timeline, user metadata and attributes. For looking at, after a change to `describeTrade`.
//   node scripts/screenshot-web-ui.mjs [--ui URL] [--out FOLDER] [--workflow ID]
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const NAMESPACE = 'overmind';
const COLUMNS = 'Status,Workflow ID,TradeStatus,Market,Strategy,NotionalUsd,PnlUsd';
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const VIEWPORT = { width: 1_600, height: 1_800 };
const SETTLE_MS = 1_500;

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

const workflowId = values.workflow ?? (await newestClosedTrade());
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
  if (!workflowId) console.error('no trade is there yet: only the list was taken');
  else {
    // The ids hold slashes; unencoded, another page answers.
    await page.goto(`${list}/${encodeURIComponent(workflowId)}`);
    await page.waitForURL(/\/timeline|\/history/);
    const run = page.url().replace(/\/(timeline|history).*$/, '');
    for (const view of ['timeline', 'history', 'user-metadata', 'search-attributes', 'memo']) {
      await shoot(page, `${run}/${view}`, view);
    }
  }
} finally {
  await browser.close();
}

/** Prefers a trade that went the whole way. */
async function newestClosedTrade() {
  for (const query of ["TradeStatus = 'closed'", '']) {
    const url = `${values.ui}/api/v1/namespaces/${NAMESPACE}/workflows?query=${encodeURIComponent(query)}`;
    const { executions = [] } = await (await fetch(url)).json();
    if (executions[0]) return executions[0].execution.workflowId;
  }
  return undefined;
}

async function shoot(page, url, name) {
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.getByRole('heading').first().waitFor();
  await page.waitForTimeout(SETTLE_MS);
  const path = join(values.out, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}
