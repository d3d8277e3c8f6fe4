import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSystem } from '../../../cli/find-system.ts';
import { linkerOf } from '../../../cli/web-ui-links.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'overmind-links-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('a row of the command', () => {
  it('leads to the Web UI that the environment names, where no system runs here', () => {
    const env = { OVERMIND_HOME: home, OVERMIND_TEMPORAL_UI_URL: 'http://ui.example:8233' };
    expect(linkerOf(findSystem(env))?.('trade/SOL-USDC/a')).toBe(
      'http://ui.example:8233/namespaces/overmind/workflows/trade%2FSOL-USDC%2Fa',
    );
  });

  it('leads nowhere where nobody says where the Web UI is', () => {
    expect(linkerOf(findSystem({ OVERMIND_HOME: home }))).toBeUndefined();
  });
});
