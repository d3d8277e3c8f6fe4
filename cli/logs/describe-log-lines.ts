import { table, type Column } from '../table.ts';
import type { LinkOf } from '../trades/describe-trades.ts';
import type { LogLine } from './read-log-lines.ts';

/** Numbers of pino. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** They stand above the lines. */
const IDS = new Set(['signalId', 'workflowId', 'pid', 'hostname']);

/** One trade's events in all processes, for a terminal. */
export function describeLogLines(
  signalId: string,
  lines: readonly LogLine[],
  linkOf?: LinkOf,
): string {
  if (lines.length === 0) return `No process has written of ${signalId}.`;
  const workflowId = lines.find(({ facts }) => facts['workflowId'])?.facts['workflowId'];
  const named = typeof workflowId === 'string' ? workflowId : undefined;
  const heading = named === undefined ? signalId : (linkOf?.(named) ?? named);
  return `${heading}\n${table(lines, COLUMNS)}`;
}

const COLUMNS: readonly Column<LogLine>[] = [
  { title: 'time', of: ({ time }) => new Date(time).toISOString().replace('T', ' ') },
  { title: 'process', of: ({ process }) => process },
  { title: 'level', of: ({ level }) => LEVELS[level] ?? String(level) },
  { title: 'event', of: ({ message }) => message },
  { title: 'facts', of: ({ facts }) => factsText(facts) },
];

const factsText = (facts: LogLine['facts']): string =>
  Object.entries(facts)
    .filter(([name]) => !IDS.has(name))
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');

const valueText = (value: unknown): string =>
  typeof value === 'string' && !/[\s="]/.test(value) ? value : JSON.stringify(value);
