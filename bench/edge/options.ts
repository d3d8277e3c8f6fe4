import { parseArgs } from 'node:util';

export type Options = {
  readonly files: readonly string[];
  /** Bars of each recording, from its first; memory search grows with the square of it. */
  readonly bars: number;
  readonly write: boolean;
};

const USAGE = 'usage: npm run edge -- --file F [--file F2…] [--bars N] [--write]';
const BARS = 20_000;

/** Throws with the usage when no file is named or `--bars` is no number worth measuring. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', multiple: true, default: [] },
      bars: { type: 'string', default: String(BARS) },
      write: { type: 'boolean', default: false },
    },
  });
  const bars = Number(values.bars);
  if (values.file.length === 0) throw new Error(USAGE);
  if (!Number.isInteger(bars) || bars < 600) throw new Error(`${USAGE}, N at least 600`);
  return { files: values.file, bars, write: values.write };
}
