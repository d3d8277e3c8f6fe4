import { describe, expect, it } from 'vitest';
import type { Row } from '../../../bench/system/bench.ts';
import { tableOf } from '../../../bench/system/table.ts';

const row: Row = {
  what: 'approval',
  goal: 'p99 ≤ 5 ms',
  measured: '1.00 / 6.00 ms',
  baseline: '4.00 / 9.00 ms',
  ratio: '4.00x / 1.50x',
  met: false,
  gate: { asked: 'asked p99 ≤ 10 ms', passed: true },
};
describe('the table of the benches', () => {
  it('says of each goal whether it was met, and of what was asked', () => {
    const [, , first, second, third] = tableOf([
      row,
      { ...row, met: true, gate: { asked: 'asked 1/s', passed: false } },
      { ...row, met: undefined },
    ]).split('\n');
    expect(first).toMatch(/\| not met; asked p99 ≤ 10 ms: met \|$/);
    expect(second).toMatch(/\| met; asked 1\/s: NOT MET \|$/);
    expect(third).toMatch(/\| –; asked/);
  });
});
