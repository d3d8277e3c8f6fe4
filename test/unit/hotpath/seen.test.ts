import { describe, expect, it } from 'vitest';
import { createSeen } from '../../../hotpath/seen.ts';
import { permitFor } from '../../support/permits.ts';

const at = (ms: number) => ({ wallMs: ms, monotonicMs: ms });

describe('seen permits', () => {
  it('admit an id once, whatever became of it', () => {
    const seen = createSeen();
    const permit = permitFor();
    expect(seen.admit(permit, at(0))).toBe('new');
    expect(seen.admit(permit, at(0))).toBe('copy');
    seen.conclude(permit.id, { kind: 'refused', reason: 'halted' });
    expect(seen.admit(permit, at(0))).toBe('copy');
    expect(seen.whatBecameOf(permit.id)).toEqual({ kind: 'refused', reason: 'halted' });
  });

  it('are kept for a minute after their end and not admitted again later', () => {
    const seen = createSeen();
    const permit = permitFor({ validUntilMs: 10_000 });
    seen.admit(permit, at(0));
    seen.forgetBefore(70_000);
    expect(seen.admit(permit, at(70_000))).toBe('copy');
    seen.forgetBefore(70_001);
    expect(seen.size).toBe(0);
    expect(seen.admit(permit, at(70_001))).toBe('too-late');
    expect(seen.size).toBe(0);
  });

  it('are not forgotten by a wall clock that jumps an hour ahead and back', () => {
    const seen = createSeen();
    const permit = permitFor({ validUntilMs: 10_000 });
    seen.admit(permit, at(0));
    seen.forgetBefore(1_000); // The monotonic clock knows of no hour.
    expect(seen.admit(permit, { wallMs: 3_601_000, monotonicMs: 1_000 })).toBe('copy');
    expect(seen.admit(permit, at(2_000))).toBe('copy');
  });

  it('are bounded, and a full set admits nobody new', () => {
    const seen = createSeen(1);
    expect(seen.admit(permitFor(), at(0))).toBe('new');
    expect(seen.admit(permitFor({ attempt: 2 }), at(0))).toBe('full');
    expect(seen.admit(permitFor(), at(0))).toBe('copy');
  });
});
