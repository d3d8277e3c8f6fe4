import { describe, expect, it } from 'vitest';
import { marketOfSignal, signalIdOf } from '../../../domain/shared/ids.ts';
import { permitLine, reportLine, tradeLine } from '../../../workers/trade-line.ts';
import { aReport } from '../../support/trade-wires.ts';

const SIGNAL = signalIdOf('r1', 'SOL-USDC', 'momentum-breakout', 1_746_364_620_000);

describe('what a log line of a trade carries', () => {
  it('is the ids of signal, workflow and permit', () => {
    const ids = { signalId: SIGNAL, workflowId: `trade/SOL-USDC/${SIGNAL}` };
    expect(tradeLine(SIGNAL)).toEqual(ids);
    expect(permitLine(`${SIGNAL}/exit/2`)).toEqual({ ...ids, permitId: `${SIGNAL}/exit/2` });
  });

  it('leaves out what an odd id does not tell', () => {
    expect(tradeLine('no-signal')).toEqual({ signalId: 'no-signal' });
    expect(permitLine('nothing')).toEqual({ permitId: 'nothing' });
    expect(marketOfSignal(SIGNAL)).toBe('SOL-USDC');
    expect(marketOfSignal('SOL-USDC')).toBeUndefined();
  });

  it('tells what the executor did, and how fast', () => {
    const report = { ...aReport('entry'), readNs: '1000', wireNs: '88400' };
    expect(reportLine(report)).toMatchObject({
      permitId: report.permitId,
      report: 'submitted',
      signature: report.signature,
      permitToWireUs: 87,
    });
    const refused = { permitId: report.permitId, executorEpoch: 3, reportedAtMs: 1 };
    expect(reportLine({ ...refused, kind: 'refused', reason: 'expired' })).toEqual({
      ...permitLine(report.permitId),
      report: 'refused',
      executorEpoch: 3,
      reason: 'expired',
    });
  });
});
