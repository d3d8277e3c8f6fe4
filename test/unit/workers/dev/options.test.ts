import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from '../../../../workers/dev/options.ts';

const faultOf = (args: readonly string[]): UsageError => {
  try {
    parseOptions(args);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('was understood');
};

describe('the options of npm start', () => {
  it('leave the feed open and run an hour of market a minute unless told', () => {
    expect(parseOptions([])).toMatchObject({
      feed: undefined,
      files: [],
      speed: 60,
      fresh: false,
      exit: false,
      headless: false,
    });
  });

  it('take several files, a window, a seed and the highest speed', () => {
    const args = '--feed replay --file a.csv --file b.csv --from 2025-06-01 --to 2025-06-02';
    expect(
      parseOptions([...args.split(' '), ...'--bars 20 --seed 7 --speed max --exit'.split(' ')]),
    ).toMatchObject({
      feed: 'replay',
      files: ['a.csv', 'b.csv'],
      from: '2025-06-01',
      to: '2025-06-02',
      bars: 20,
      seed: 7,
      speed: 'max',
      exit: true,
    });
  });

  it.each([
    [['--feed', 'live'], /live, which is not built yet/],
    [['--feed', 'moon'], /Allowed choices are replay, synthetic/],
    [['--feed', 'replay'], /at least one --file/],
    [['--feed', 'synthetic', '--file', 'a.csv'], /--file: goes with --feed replay/],
    [['--speed', '0'], /Got 0, wants a number above 0, or max/],
    [['--speed', '-5'], /Got -5, wants a number above 0/],
    [['--speed', 'NaN'], /Got NaN/],
    [['--bars', '1.5'], /Got 1.5, wants a whole number/],
    [['--seed', '-1'], /Got -1, wants a whole number/],
    [['--sped', '5'], /unknown option '--sped'/],
    [['stray'], /too many arguments/],
  ])('refuse %j with what is wrong', (args, message) => {
    const fault = faultOf(args);
    expect(fault.exitCode).toBe(2);
    expect(fault.message).toMatch(message);
  });

  it('explain themselves', () => {
    const help = faultOf(['--help']);
    expect(help.exitCode).toBe(0);
    for (const option of ['--feed', '--file', '--speed', '--fresh', '--exit', '--headless']) {
      expect(help.message).toContain(option);
    }
  });
});
