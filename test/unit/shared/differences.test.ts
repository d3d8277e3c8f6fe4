import { describe, expect, it } from 'vitest';
import { differencesOf } from '../../../domain/shared/differences.ts';

describe('differences', () => {
  it('are none between equal values, whatever the order of their keys', () => {
    expect(differencesOf({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toEqual([]);
    expect(differencesOf(NaN, NaN)).toEqual([]);
  });

  it('name each leaf that changed, came or went', () => {
    const was = { signal: { amountIn: '10', exits: [1, 2] }, gone: true };
    const is = { signal: { amountIn: '11', exits: [1, 3, 4] }, came: 'x' };
    expect(differencesOf(was, is)).toEqual([
      { path: 'signal.amountIn', was: '10', is: '11' },
      { path: 'signal.exits.1', was: 2, is: 3 },
      { path: 'signal.exits.2', was: undefined, is: 4 },
      { path: 'gone', was: true, is: undefined },
      { path: 'came', was: undefined, is: 'x' },
    ]);
  });

  it('tell a list from an object, and nothing from something', () => {
    expect(differencesOf({ a: [] }, { a: {} })).toEqual([{ path: 'a', was: [], is: {} }]);
    expect(differencesOf(null, { a: 1 })).toEqual([{ path: '', was: null, is: { a: 1 } }]);
  });
});
