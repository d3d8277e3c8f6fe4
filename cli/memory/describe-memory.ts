import { humanBps, humanTime } from '../../domain/shared/human-amounts.ts';
import { facts, table, type Column } from '../table.ts';
import type { MemoryLineage } from './memory-lineage.ts';

type Trade = MemoryLineage['trades'][number];

const COLUMNS: readonly Column<Trade>[] = [
  { title: 'time', of: ({ marketTimeMs }) => humanTime(marketTimeMs) },
  { title: 'trade', of: ({ signalId }) => signalId },
  { title: 'stage', of: ({ stage }) => stage },
  { title: 'vote', of: ({ weight }) => `${(weight * 100).toFixed(1)} %`, right: true },
  {
    title: 'result',
    of: ({ returnBps }) => (returnBps === undefined ? '–' : humanBps(returnBps)),
    right: true,
  },
  { title: 'web ui', of: ({ webUi }) => webUi ?? '' },
];

export function describeMemory(memory: MemoryLineage): string {
  const { outcomeBps, resolvedMs, revoked, trades } = memory;
  const outcome =
    outcomeBps === undefined || resolvedMs === undefined
      ? 'not known yet'
      : `${humanBps(outcomeBps)}, known since ${humanTime(resolvedMs)}`;
  const lines = facts([
    ['memory', memory.id],
    ['run', memory.runId],
    ['market time', humanTime(memory.marketTimeMs)],
    ['price', memory.close],
    ['features', `${memory.featureVersion}, ${memory.features.length} numbers`],
    ['outcome', outcome],
    ['vote', revoked ? `revoked ${humanTime(revoked.atMs)}: ${revoked.reason}` : 'may vote'],
    ['voted on', `${trades.length} ${trades.length === 1 ? 'trade' : 'trades'}`],
    ['as a list', memory.webUiList ?? ''],
  ]);
  return trades.length === 0 ? lines : `${lines}\n\n${table(trades, COLUMNS)}`;
}
