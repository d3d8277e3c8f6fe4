import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFieldSeal } from '../../../adapters/payloads/field-seal.ts';

const seal = createFieldSeal([randomBytes(32)]);
const RECORD = { by: 'primary', said: 'veto', asked: 'what of it?', cost: 3 };

describe('fields of a stored object', () => {
  it('are sealed by name; the others stay to be queried', () => {
    const sealed = seal.seal(RECORD, ['said', 'asked', 'unheard-of'], 'here');
    expect(sealed).toEqual({ by: 'primary', cost: 3, sealed: expect.any(String) });
    expect(JSON.stringify(sealed)).not.toContain('veto');
    expect(seal.open(sealed, 'here')).toEqual(RECORD);
  });

  it('are not moved to another object', () => {
    const sealed = seal.seal(RECORD, ['said'], 'one');
    expect(() => seal.open(sealed, 'other')).toThrow(/payload\/sealed/);
  });

  it('that were stored before there was a key are read as they are', () => {
    expect(seal.open(RECORD, 'here')).toBe(RECORD);
  });

  it('stay as they are without a key, and what was sealed is refused then', () => {
    const without = createFieldSeal([]);
    expect(without.seal(RECORD, ['said'], 'here')).toBe(RECORD);
    const sealed = seal.seal(RECORD, ['said'], 'here');
    expect(() => without.open(sealed, 'here')).toThrow(/has none/);
    expect(() => seal.open({ sealed: 7 }, 'here')).toThrow(/not text/);
  });
});
