import { describe, expect, it } from 'vitest';
import { exitCodeOf, summariseRun, type SummaryParts } from '../../../../workers/dev/summary.ts';

const parts: SummaryParts = {
  feed: { kind: 'synthetic', speed: 60 },
  runId: 'r1',
  halted: false,
  seconds: 12.5,
  events: 100,
  quoteMint: 'USDC-mint',
  solUsdc: '150',
  counts: {
    candidates: 5,
    pending: 0,
    declined: 2,
    refused: { 'cool-down': 1 },
    trades: 2,
    permits: 4,
    landed: 4,
    failed: 0,
    expired: 0,
    unknown: 0,
    closed: 2,
    learning: 0,
    open: 0,
    exploring: 1,
    realisedPnl: '-7',
  },
  latencies: { permitToWire: { p50: 1, p99: 2 }, approvedToWire: {}, tickToWire: {} },
  reconciliation: {
    walletDelta: { SOL: '-5000' },
    settlementSum: { SOL: '-5000' },
    orphans: [],
    sumsAgree: true,
  },
};

describe('the summary of a run', () => {
  it('keeps what scripts rely on, and no figure of the set-up', () => {
    const summary = summariseRun(parts);
    expect(summary).toMatchObject({
      feed: 'synthetic',
      run: 'r1',
      candidates: 5,
      realisedPnl: { 'USDC-mint': '-7' },
      sumsAgree: true,
      latencyUs: { permitToWire: { p50: 1, p99: 2 } },
    });
    expect(summary).not.toHaveProperty('pending');
    expect(JSON.stringify(summary)).not.toContain('\n');
  });

  it.each([
    ['ends well when the sums agree and nothing is open', {}, 0],
    ['fails when the sums disagree', { sumsAgree: false }, 1],
    ['fails with a permit whose end is unknown', { unknown: 1 }, 1],
    ['fails with an open position', { open: 1 }, 1],
    ['fails when halted', { state: 'halted' as const }, 1],
  ])('%s', (_rule, over, code) => {
    expect(exitCodeOf({ ...summariseRun(parts), ...over })).toBe(code);
  });
});
