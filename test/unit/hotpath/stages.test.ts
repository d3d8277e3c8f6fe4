import { describe, expect, it } from 'vitest';
import { createStages } from '../../../hotpath/stages.ts';

describe('the stages of the path', () => {
  it('keeps each apart, and counts what happened', () => {
    const stages = createStages();
    stages.record('sign', 19_000n);
    stages.record('sign', 21_000n);
    stages.record('send', 30_000n);
    stages.count('submitted');
    stages.count('submitted');
    const read = stages.read();
    expect(read.stages.sign).toMatchObject({ count: 2, sumUs: 40, maxUs: 21 });
    expect(read.stages.send.count).toBe(1);
    expect(read.stages.look.count).toBe(0);
    expect(read.counters).toEqual({ submitted: 2 });
  });
});
