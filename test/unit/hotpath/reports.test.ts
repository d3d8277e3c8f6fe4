import { describe, expect, it } from 'vitest';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import { createReports, type StoredReport } from '../../../hotpath/reports.ts';

const report = (permitId: string): ExecutionReport => ({
  permitId,
  kind: 'refused',
  reason: 'halted',
  executorEpoch: 1,
  reportedAtMs: 1,
});
const permitOf = ({ json }: StoredReport): string => (JSON.parse(json) as ExecutionReport).permitId;

/** A store that answers as the test has it, and notes each call. */
function aStore(answers: ((batch: readonly StoredReport[]) => readonly StoredReport[])[] = []) {
  const calls: string[] = [];
  const ids: string[] = [];
  const faults: unknown[] = [];
  const reports = createReports({
    wallNowMs: () => 1_000,
    onFault: (error) => faults.push(error),
    store: {
      async storeReports(batch) {
        calls.push(`store ${batch.map(permitOf).join(' ')}`);
        const left = answers.shift()?.(batch) ?? [];
        ids.push(...batch.filter((one) => !left.includes(one)).map(({ id }) => id));
        return left as typeof batch; // Of the batch itself.
      },
      async acknowledge(entryIds) {
        calls.push(`ack ${entryIds.join(' ')}`);
      },
    },
  });
  return { reports, calls, ids, faults };
}

const lost = (): never => {
  throw new Error('lost');
};

describe('reports', () => {
  it('go out together at the end of the turn, and entries are acknowledged after them', async () => {
    const { reports, calls } = aStore();
    for (const n of [1, 2, 3]) reports.report(report(`p${n}`), `${n}-0`);
    expect(calls).toEqual([]);
    expect(await reports.drain(1_000)).toBe(0);
    expect(calls).toEqual(['store p1 p2 p3', 'ack 1-0 2-0 3-0']);
  });

  it('acknowledge no entry whose report is not stored, and store it under the same id later', async () => {
    const { reports, calls, ids } = aStore([(batch) => batch.slice(1, 2)]);
    for (const n of [1, 2, 3]) reports.report(report(`p${n}`), `${n}-0`);
    expect(await reports.drain(10_000)).toBe(0);
    expect(calls).toEqual(['store p1 p2 p3', 'ack 1-0 3-0', 'store p2', 'ack 2-0']);
    expect(ids).toEqual(['1000-0', '1000-2', '1000-1']);
  });

  it('try everything again of which nothing is known', async () => {
    const { reports, calls, faults } = aStore([lost]);
    reports.report(report('p1'), '1-0');
    expect(await reports.drain(10_000)).toBe(0);
    expect(calls).toEqual(['store p1', 'store p1', 'ack 1-0']);
    expect(faults).toHaveLength(1);
  });

  it('give rising ids while the wall clock stands still', async () => {
    const { reports, ids } = aStore();
    for (const n of [1, 2]) reports.announce(report(`p${n}`));
    await reports.drain(1_000);
    expect(ids).toEqual(['1000-0', '1000-1']);
  });

  it('acknowledge without a report what needs none', async () => {
    const { reports, calls } = aStore();
    reports.acknowledge('7-0');
    await reports.drain(1_000);
    expect(calls).toEqual(['ack 7-0']);
  });

  it('say how many are left when the time to drain is over', async () => {
    const { reports } = aStore([lost, lost, lost]);
    reports.report(report('p1'), '1-0');
    expect(await reports.drain(20)).toBe(1);
    expect(reports.pending).toBe(1);
  });
});
