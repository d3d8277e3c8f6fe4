import { describe, expect, it } from 'vitest';
import { DECLARED } from '../../../adapters/observability/declarations.ts';
import { createMetrics } from '../../../adapters/observability/metrics.ts';
import { readExposition } from '../../support/exposition.ts';

const UNITS = 'flag|number|seconds|bytes|usdc|usd|sol|bps|ratio|total';

describe('the declared metrics', () => {
  const declared = Object.values(DECLARED);

  it.each(declared)('%s ends with its unit and says what it is', (name, help) => {
    expect(name).toMatch(new RegExp(`^overmind_[a-z]+_([a-z]+_)*(${UNITS})$`));
    expect(help.length).toBeGreaterThan(10);
  });

  it('have each a name of their own', () => {
    expect(new Set(declared.map(([name]) => name)).size).toBe(declared.length);
  });

  it('are all on the page, with their help, and no other of ours is', async () => {
    const families = readExposition(await createMetrics().registry.metrics());
    const ours = [...families.values()].filter(({ name }) => name.startsWith('overmind_'));
    const shown = new Map(ours.map(({ name, help }) => [name, help]));
    expect(shown).toEqual(new Map(declared.map(([name, help]) => [name, help])));
  });
});
