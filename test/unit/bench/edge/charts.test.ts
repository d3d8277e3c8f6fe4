import { describe, expect, it } from 'vitest';
import { calibrationOf } from '../../../../bench/edge/calibration-figures.ts';
import { equityChart, reliabilityChart } from '../../../../bench/edge/charts.ts';
import { judgeControls, type ControlRun } from '../../../../bench/edge/controls.ts';
import type { Evaluation } from '../../../../bench/edge/evaluate.ts';
import { reportOf } from '../../../../bench/edge/report.ts';

const DAY = 86_400_000;
const trades = [80, -40, 30, -90].map((netBps, at) => ({
  ...{ at, soldAt: at + 1, decidedMs: at * DAY, soldMs: at * DAY + 1, netBps },
  ...({ grossBps: netBps + 60, exploring: true, reason: 'time', regime: 'quiet' } as const),
}));
const forecasts = [0.4, 0.6, 0.6, 0.5].map((probability, at) => ({ probability, rose: at > 1 }));
const evaluation: Evaluation = {
  ...{ name: 'SOL', bars: 900, firstMs: 0, lastMs: 5 * DAY, analysed: 4 },
  ...{ exploring: trades, enforced: [], baselines: undefined, forecasts },
};
const run = (directed: number, flipped: number): ControlRun => ({
  ...{ coin: { forecasts, trades }, shuffled: { forecasts, trades } },
  mirrored: { directed, flipped },
});

describe('charts', () => {
  it('draw a panel a recording and a point a bin, without a number that is none', () => {
    const equity = equityChart([evaluation, evaluation]);
    const reliability = reliabilityChart(calibrationOf(forecasts));
    expect(equity.match(/<g /g)).toHaveLength(2);
    expect(reliability.match(/<circle/g)).toHaveLength(3);
    expect(`${equity}${reliability}`).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draw a recording without trades', () => {
    const still = { ...evaluation, exploring: [], forecasts: [] };
    expect(equityChart([still])).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the report', () => {
  it('begins with the verdict, keeps exploring trades apart and is the same each time', () => {
    const report = reportOf([evaluation], judgeControls([run(4, 4)], 7));
    expect(report).toMatch(/^\*\*No edge after costs: the gate let no trade through/);
    expect(report.indexOf('### Enforced')).toBeLessThan(report.indexOf('### Exploring'));
    expect(reportOf([evaluation], judgeControls([run(4, 4)], 7))).toBe(report);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('fails a mirror in which opinions do not turn', () => {
    expect(judgeControls([run(3, 3), run(1, 0)], 7).mirrored.passed).toBe(true);
    expect(judgeControls([run(3, 2), run(1, 0)], 7).mirrored.passed).toBe(false);
  });

  it('fails a coin that earns', () => {
    const rich = trades.map((trade) => ({ ...trade, grossBps: 500 }));
    const coin = { forecasts, trades: rich };
    expect(judgeControls([{ ...run(1, 1), coin }], 7).coin.passed).toBe(false);
  });
});
