import { format } from 'prettier';
import { ADVICE_FORMAT } from '../adapters/llm/advice-schema.ts';
import { DECLARED } from '../adapters/observability/declarations.ts';
import { alertmanagerConfig, COMPOSE_CONTROL } from '../workers/observe/alertmanager-config.ts';
import { ANALYTICS } from './grafana/source/analytics.ts';
import { dashboardJson } from './grafana/source/panel.ts';
import { RISK } from './grafana/source/risk.ts';
import { SYSTEM } from './grafana/source/system.ts';
import { TRADING } from './grafana/source/trading.ts';

export const DASHBOARDS = [SYSTEM, TRADING, ANALYTICS, RISK] as const;

const METRICS_HEAD = `# Metrics

Written by \`npm run write:ops\` from \`adapters/observability/declarations.ts\`; the api serves them under \`/metrics\`. Beside them stand those of Node itself (\`process_…\`, \`nodejs_…\`). Trading worker and brain serve what Temporal's SDK measures (\`temporal_…\`) where \`OVERMIND_SDK_METRICS_ADDRESS\` says, and the Temporal server has a page of its own. What a silent part said last is taken out, not repeated.

| metric | unit | labels | what it is |
| --- | --- | --- | --- |
`;

/** Every file that follows from sources here, by its path in the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const dashboard of DASHBOARDS) {
    const path = `ops/grafana/dashboards/${dashboard.uid}.json`;
    files.set(path, await formatted(JSON.stringify(dashboardJson(dashboard)), 'json'));
  }
  files.set('docs/metrics.md', await formatted(METRICS_HEAD + metricRows(), 'markdown'));
  const { schema } = ADVICE_FORMAT.json_schema;
  files.set('ops/tensorzero/decide.output.json', await formatted(JSON.stringify(schema), 'json'));
  const config = alertmanagerConfig({ control: COMPOSE_CONTROL });
  files.set('ops/alertmanager/alertmanager.yml', await formatted(config, 'yaml'));
  return files;
}

/** As `npm run check` wants it. */
const formatted = (text: string, parser: string): Promise<string> =>
  format(text, { parser, printWidth: 100, singleQuote: true });

function metricRows(): string {
  const rows = Object.values(DECLARED).map(([name, help, labels]) => {
    const unit = name.endsWith('_total') ? unitOfTotal(name) : (name.split('_').at(-1) ?? '');
    return `| \`${name}\` | ${unit} | ${labels.join(', ')} | ${help} |`;
  });
  return rows.toSorted().join('\n');
}

/** A total of seconds or bytes says so before its last word. */
function unitOfTotal(name: string): string {
  const word = name.split('_').at(-2) ?? '';
  return ['seconds', 'bytes'].includes(word) ? word : 'count';
}
