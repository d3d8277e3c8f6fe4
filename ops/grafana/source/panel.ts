/** What a panel shows, without what Grafana wants beside it. */
export type Query =
  | { readonly promql: string; readonly legend?: string }
  | { readonly sql: string; readonly series?: true };

export type Panel = {
  readonly title: string;
  /** For whoever sees it for the first time. */
  readonly help: string;
  readonly kind: 'timeseries' | 'stat' | 'table' | 'bargauge';
  /** Of Grafana's own names, such as `s` or `percentunit`. */
  readonly unit?: string;
  /** Columns of 24. */
  readonly width: number;
  readonly height?: number;
  readonly queries: readonly Query[];
  /** From this value on it is worth a look; `below` where less is worse. */
  readonly warnAt?: number;
  readonly below?: true;
  /** The column that holds a workflow's id becomes a link into the Temporal Web UI. */
  readonly workflowColumn?: string;
};

export type Dashboard = {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
};

export const SOURCES = {
  prometheus: { type: 'prometheus', uid: 'prometheus' },
  postgres: { type: 'grafana-postgresql-datasource', uid: 'postgres' },
} as const;

const COLUMNS = 24;
const HEIGHT = 7;

/** The model that Grafana loads; the same input gives the same bytes. */
export function dashboardJson({ uid, title, description, panels }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ['overmind'],
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '15s',
    time: { from: 'now-3h', to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'Overmind',
        tags: ['overmind'],
        asDropdown: false,
        includeVars: true,
      },
    ],
    templating: {
      list: [
        {
          name: 'temporal_ui',
          label: 'Temporal Web UI',
          type: 'textbox',
          query: 'http://localhost:8233',
          current: { text: 'http://localhost:8233', value: 'http://localhost:8233' },
        },
      ],
    },
    panels: placed(panels),
  };
}

/** Left to right, a new row where the next one has no room. */
function placed(panels: readonly Panel[]): readonly object[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { width, height = HEIGHT } = panel;
    if (x + width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return { id: index + 1, gridPos, ...panelJson(panel) };
  });
}

function panelJson(panel: Panel): object {
  const { title, help, kind, unit, queries, workflowColumn } = panel;
  const source = queries.some((query) => 'sql' in query) ? SOURCES.postgres : SOURCES.prometheus;
  return {
    title,
    description: help,
    type: kind,
    datasource: source,
    targets: queries.map((query, at) =>
      targetJson(query, { kind, refId: String.fromCharCode(65 + at) }),
    ),
    fieldConfig: {
      defaults: { ...(unit === undefined ? {} : { unit }), thresholds: thresholdsOf(panel) },
      overrides: workflowColumn === undefined ? [] : [workflowLink(workflowColumn)],
    },
    options: kind === 'table' ? { showHeader: true } : optionsOf(kind),
  };
}

function targetJson(
  query: Query,
  { kind, refId }: { readonly kind: Panel['kind']; readonly refId: string },
): object {
  if ('sql' in query) {
    const format = query.series ? 'time_series' : 'table';
    return { refId, datasource: SOURCES.postgres, rawQuery: true, rawSql: query.sql, format };
  }
  return {
    refId,
    datasource: SOURCES.prometheus,
    expr: query.promql,
    legendFormat: query.legend ?? '__auto',
    ...(kind === 'timeseries' ? {} : { instant: true, range: false }),
    ...(kind === 'table' ? { format: 'table' } : {}),
  };
}

function thresholdsOf({ warnAt, below }: Panel): object {
  const steps =
    warnAt === undefined
      ? [{ color: 'green', value: null }]
      : [
          { color: below ? 'red' : 'green', value: null },
          { color: below ? 'green' : 'red', value: warnAt },
        ];
  return { mode: 'absolute', steps };
}

function optionsOf(kind: Panel['kind']): object {
  if (kind === 'timeseries') return { legend: { displayMode: 'list', placement: 'bottom' } };
  return { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'auto', colorMode: 'value' };
}

function workflowLink(column: string): object {
  const url = '${temporal_ui}/namespaces/overmind/workflows/${__value.raw:percentencode}';
  return {
    matcher: { id: 'byName', options: column },
    properties: [{ id: 'links', value: [{ title: 'Open in Temporal', url, targetBlank: true }] }],
  };
}
