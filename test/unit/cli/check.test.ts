import { describe, expect, it } from 'vitest';
import { describeDiagnosis, diagnose, type Check } from '../../../cli/doctor/check.ts';

const check = (name: string, needed: boolean, look: Check['look']): Check => ({
  name,
  needed,
  look,
  advice: `mend ${name}`,
});
const bad = (): string => {
  throw new Error('broken');
};

describe('a diagnosis', () => {
  it('fails by what is needed alone', async () => {
    const comfort = await diagnose([check('a', true, () => '1'), check('b', false, bad)]);
    expect(comfort.ok).toBe(true);
    expect((await diagnose([check('a', true, bad), check('b', false, () => '1')])).ok).toBe(false);
  });

  it('gives advice only where something is wrong, and waits for nobody for ever', async () => {
    const silent = check('silent', true, () => new Promise<never>(() => {}));
    const { findings } = await diagnose([check('a', true, () => '1'), silent], 20);
    expect(findings).toEqual([
      { name: 'a', state: 'ok', found: '1' },
      { name: 'silent', state: 'failed', found: 'no answer in 20 ms', advice: 'mend silent' },
    ]);
    expect(describeDiagnosis({ ok: false, findings })).toMatch(
      /→ mend silent\n1 of 2 checks failed/,
    );
  });
});
