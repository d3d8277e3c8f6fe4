import { parseArgs } from 'node:util';

export type Options = {
  readonly files: readonly string[];
  /** Bars of each recording, from its first; memory search grows with the square of it. */
  readonly bars: number;
  readonly write: boolean;
  /** One decision of the first file in full, instead of the report. */
  readonly example: boolean;
};

const USAGE = 'usage: npm run edge -- --file F [--file F2…] [--bars N] [--example] [--write]';
const BARS = 20_000;
/** Enough for the calibration to have been fitted. */
export const EXAMPLE_BARS = 4_000;

/** Throws with the usage when no file is named or `--bars` is no number worth measuring. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', multiple: true, default: [] },
      bars: { type: 'string' },
      example: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { example } = values;
  const bars = Number(values.bars ?? (example ? EXAMPLE_BARS : BARS));
  if (values.file.length === 0) throw new Error(USAGE);
  if (!Number.isInteger(bars) || bars < 600) throw new Error(`${USAGE}, N at least 600`);
  return { files: values.file, bars, write: values.write, example };
}
