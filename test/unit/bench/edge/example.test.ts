import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_RECORDING, exampleOf } from '../../../../bench/edge/example.ts';
import { EXAMPLE_BARS } from '../../../../bench/edge/options.ts';
import { recordingOf } from '../../../support/market-states.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/brain.md');
const file = recordingOf(EXAMPLE_RECORDING);

describe.skipIf(file === undefined)('the example of the brain', () => {
  it('is what the shipped code makes of the recording', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const [, shown = ''] = /<!-- example -->\n([^]*)<!-- \/example -->/.exec(page) ?? [];
    const style = await resolveConfig(PAGE);
    const text = await exampleOf(file ?? '', EXAMPLE_BARS);
    expect(shown.trim()).toBe((await format(text, { ...style, filepath: PAGE })).trim());
    expect(shown).toMatch(/\*\*6\. What came\.\*\* The market stood at/);
  });
});
