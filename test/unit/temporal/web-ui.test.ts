import { describe, expect, it } from 'vitest';
import { table } from '../../../cli/table.ts';
import { attributes } from '../../../temporal/search-attributes.ts';
import { queryLink, savedQueries, workflowLink } from '../../../temporal/web-ui.ts';

const UI = 'http://127.0.0.1:8233/';

describe('links into the Web UI', () => {
  it('lead to one workflow, its slashes encoded', () => {
    expect(workflowLink(UI, 'trade/SOL-USDC/r1-x')).toBe(
      'http://127.0.0.1:8233/namespaces/overmind/workflows/trade%2FSOL-USDC%2Fr1-x',
    );
  });

  it('lead to what a query finds', () => {
    const link = new URL(queryLink(UI, 'PnlUsd < 0 AND Market = "SOL-USDC"'));
    expect(link.pathname).toBe('/namespaces/overmind/workflows');
    expect(link.searchParams.get('query')).toBe('PnlUsd < 0 AND Market = "SOL-USDC"');
  });

  it('ask only for attributes that there are', () => {
    const known = new Set([
      ...Object.values(attributes).map(({ name }) => name),
      ...['WorkflowType', 'ExecutionStatus', 'StartTime'],
    ]);
    const queries = savedQueries(new Date(Date.UTC(2026, 10, 26, 13)));
    const asked = queries.flatMap(([, query]) =>
      [...query.matchAll(/(\w+) (?:=|<|>=?|IN)/g)].map(([, name]) => name),
    );
    expect(asked.length).toBeGreaterThan(queries.length);
    expect(asked.filter((name) => !known.has(name ?? ''))).toEqual([]);
    expect(queries).toContainEqual([
      'refused today',
      'Verdict = "refused" AND StartTime >= "2026-11-26T00:00:00Z"',
    ]);
  });

  it('do not move the columns of a table', () => {
    const column = { title: 'id', of: (id: string) => id };
    const next = { title: 'next', of: () => 'x' };
    const plain = table(['a', 'long-id'], [column, next]);
    const linked = table(['a', 'long-id'], [{ ...column, link: (id) => `http://x/${id}` }, next]);
    const ESC = String.fromCharCode(27);
    expect(linked).toContain(`${ESC}]8;;http://x/a${ESC}\\a${ESC}]8;;${ESC}\\`);
    const marks = new RegExp(`${ESC}\\]8;;[^${ESC}]*${ESC}\\\\`, 'g');
    expect(linked.replaceAll(marks, '')).toBe(plain);
  });
});
