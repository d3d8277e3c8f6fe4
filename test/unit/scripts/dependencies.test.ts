import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

describe('docs/dependencies.md', () => {
  it('has one line with a reason for each package, and none for another', () => {
    const text = readFileSync(new URL('../../../docs/dependencies.md', import.meta.url), 'utf8');
    const lines = text.matchAll(/^\| `(?<name>[^`]+)`\s+\| (?<why>\S.*?)\s+\|$/gm);
    const explained = [...lines].map(({ groups }) => groups?.['name']);
    const { dependencies, devDependencies } = packageJson;
    const installed = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    expect(new Set(explained)).toEqual(new Set(installed));
    expect(explained).toHaveLength(installed.length);
  });

  it('can trust the pins: each is one exact version', () => {
    const { dependencies, devDependencies } = packageJson;
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });
});
