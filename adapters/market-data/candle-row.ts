import { compareDecimals, parseDecimal } from '../../domain/shared/decimal.ts';

/** One line of a recording; prices as recorded, never through a float. */
export type CandleRow = {
  readonly openMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
};

export const CANDLE_HEADER = 'open_time_ms,open,high,low,close,volume';

const NUMBER = /^\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$/;
const PRICES = ['open', 'high', 'low', 'close'] as const;

/** The row, or what is wrong with it. Faults are text, since the caller knows file and line. */
export function readCandleRow(line: string): CandleRow | string {
  const [time = '', open = '', high = '', low = '', close = '', volume, more] = line.split(',');
  if (volume === undefined || more !== undefined) {
    return `expected 6 columns, got ${line.split(',').length}`;
  }
  const openMs = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN;
  if (Number.isNaN(openMs)) return `open_time_ms is not a time in ms: ${shown(time)}`;

  const row = { openMs, open, high, low, close, volume };
  for (const name of PRICES) {
    if (row[name].startsWith('-')) return `${name} is negative: ${shown(row[name])}`;
    if (!NUMBER.test(row[name])) return `${name} is not a decimal number: ${shown(row[name])}`;
    if (!(Number(row[name]) > 0)) return `${name} is not above zero: ${shown(row[name])}`;
    if (!Number.isFinite(Number(row[name]))) return `${name} is too large: ${shown(row[name])}`;
  }
  if (volume.startsWith('-')) return `volume is negative: ${shown(volume)}`;
  if (!NUMBER.test(volume)) return `volume is not a decimal number: ${shown(volume)}`;
  if (!Number.isFinite(Number(volume))) return `volume is too large: ${shown(volume)}`;
  if (isBelow(high, low)) return `high ${high} is below low ${low}`;
  for (const name of ['open', 'close'] as const) {
    if (isBelow(high, row[name]) || isBelow(row[name], low)) {
      return `${name} ${row[name]} is outside low ${low} to high ${high}`;
    }
  }
  return row;
}

/** Floats decide where they differ, since rounding keeps order; equal ones are compared exactly. */
function isBelow(left: string, right: string): boolean {
  if (left === right) return false;
  const [leftNumber, rightNumber] = [Number(left), Number(right)];
  if (leftNumber !== rightNumber) return leftNumber < rightNumber;
  return compareDecimals(parseDecimal(left, 'price'), parseDecimal(right, 'price')) < 0;
}

/** A corrupt file can hold a megabyte in one field. */
const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
