import { describe, expect, it } from 'vitest';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import { afterReport, settlementConflict } from '../../../domain/settlement/permit-transitions.ts';
import type { PermitStatus } from '../../../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../../../domain/settlement/settlement.ts';

const report = (kind: ExecutionReport['kind'], signature?: string): ExecutionReport => ({
  permitId: 'r1-SOL-USDC-breakout-1/entry/1',
  kind,
  executorEpoch: 1,
  reportedAtMs: 0,
  ...(signature === undefined ? {} : { signature }),
});
const known = (status: PermitStatus, signature?: string) => ({ status, signature });

describe('a report', () => {
  it.each([
    ['submitted', 'sig'],
    ['refused', undefined],
    ['uncertain', undefined],
  ] as const)('is believed of a permit that is only issued: %s', (kind, signature) => {
    const frees = kind === 'refused';
    const after = { status: kind, signature, frees };
    expect(afterReport(known('issued'), report(kind, signature))).toEqual(after);
  });

  it('of a refusal frees what a later life was only uncertain about', () => {
    expect(afterReport(known('uncertain'), report('refused'))).toMatchObject({ status: 'refused' });
  });

  it('of a refusal never unsays a signature that is known', () => {
    expect(afterReport(known('uncertain', 'sig'), report('refused'))).toEqual({
      status: 'uncertain',
      signature: 'sig',
      frees: false,
    });
    expect(afterReport(known('submitted', 'sig'), report('refused'))).toMatchObject({
      status: 'submitted',
    });
  });

  it.each(['landed', 'failed', 'expired'] as const)('changes nothing that has %s', (status) => {
    expect(afterReport(known(status, 'sig'), report('refused'))).toMatchObject({ status });
  });

  it('of a later life frees nothing again, though it brings a signature that was withdrawn', () => {
    const after = afterReport(known('refused'), report('uncertain', 'sig'));
    expect(after).toEqual({ status: 'refused', signature: 'sig', frees: false });
  });

  it('that contradicts another store is a conflict', () => {
    expect(afterReport(known('refused'), report('submitted', 'sig'))).toHaveProperty('conflict');
    expect(afterReport(known('submitted', 'a'), report('submitted', 'b'))).toHaveProperty(
      'conflict',
    );
  });
});

describe('a settlement', () => {
  const settlement = (signature?: string): Settlement => ({
    permitId: 'r1-SOL-USDC-breakout-1/entry/1',
    kind: 'landed',
    deltas: [],
    ...(signature === undefined ? {} : { signature }),
  });

  it('fits its own signature, or a permit of which none is known', () => {
    expect(settlementConflict(known('submitted', 'a'), settlement('a'))).toBeUndefined();
    expect(settlementConflict(known('uncertain'), settlement('a'))).toBeUndefined();
  });
  it('fits neither another signature, nor none, nor a refused permit', () => {
    expect(settlementConflict(known('submitted', 'a'), settlement('b'))).toBeDefined();
    expect(settlementConflict(known('submitted', 'a'), settlement())).toBeDefined();
    expect(settlementConflict(known('refused'), settlement('a'))).toBeDefined();
  });
});
