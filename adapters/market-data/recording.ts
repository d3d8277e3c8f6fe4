import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { MarketId } from '../../domain/shared/ids.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { CANDLE_HEADER, readCandleRow, type CandleRow } from './candle-row.ts';

/** A longer line is no candle; without a bound a file without newlines would fill the memory. */
const LINE_LENGTH_MAX = 4_096;

/** Names of recordings that hold something other than candles. */
const OTHER_KINDS =
  /(?<=^|[_.-])(?:funding|orderbooks?|trades?|prices|ticks?|depth|bookticker|ws|frames?)(?=[_.-])/i;

export function invalidRecording(file: string, line: number, fault: string, cause?: unknown) {
  return new OvermindError('recording/invalid', { file, line, fault }, { cause });
}

/** `SOLUSDT_perp_1m….csv.gz` → `SOL-USDC`: paper pools quote in USDC whatever dollar was recorded. */
export function marketOfRecording(file: string): MarketId {
  const name = basename(file);
  const base = /^([A-Z0-9]{1,12}?)USD[TC]?[_.-]/.exec(name)?.[1];
  if (base !== undefined) return `${base}-USDC`;
  throw invalidRecording(file, 0, 'the name does not begin with a market such as SOLUSDT_');
}

/** Refuses by name what holds no candles, before a byte of it is read. */
export function checkRecordingKind(file: string): void {
  const name = basename(file);
  const other = OTHER_KINDS.exec(name)?.[0];
  if (other !== undefined) {
    throw invalidRecording(file, 0, `"${other}" in its name: not candles, which are wanted here`);
  }
  if (!/\.csv(\.gz)?$/.test(name)) throw invalidRecording(file, 0, 'not a .csv or .csv.gz file');
}

/** Checked rows, a chunk at a time: an await for each of 73,000 rows would cost more than parsing. */
export async function* readRecording(file: string): AsyncGenerator<readonly CandleRow[]> {
  checkRecordingKind(file);
  const check = createRowCheck(file);
  let rest = '';
  for await (const chunk of chunksOf(file, check.line)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) {
      throw invalidRecording(file, check.line() + 1, `line is longer than ${LINE_LENGTH_MAX}`);
    }
    yield lines.flatMap(check.next);
  }
  if (rest !== '') yield [rest].flatMap(check.next);
  check.end();
}

/** What holds between rows: the header, time that only rises, and at least two rows. */
function createRowCheck(file: string) {
  let line = 0;
  let lastMs: number | undefined;
  let rows = 0;
  let intervalMs: number | undefined;

  const next = (text: string): readonly CandleRow[] => {
    line += 1;
    const trimmed = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line === 1) {
      if (trimmed === CANDLE_HEADER) return [];
      throw invalidRecording(file, 1, headerFault(trimmed));
    }
    const row = readCandleRow(trimmed);
    if (typeof row === 'string') throw invalidRecording(file, line, row);
    if (lastMs !== undefined) {
      const gapMs = row.openMs - lastMs;
      if (gapMs === 0) throw invalidRecording(file, line, `time ${row.openMs} comes twice`);
      if (gapMs < 0) {
        throw invalidRecording(file, line, `time goes backwards, ${lastMs} to ${row.openMs}`);
      }
      intervalMs ??= gapMs;
      if (gapMs < intervalMs) {
        throw invalidRecording(file, line, `opens ${gapMs} ms after the last, not ${intervalMs}`);
      }
    }
    lastMs = row.openMs;
    rows += 1;
    return [row];
  };

  const end = (): void => {
    if (line === 0) throw invalidRecording(file, 0, 'the file is empty');
    if (rows < 2) throw invalidRecording(file, line, `needs two rows at least, has ${rows}`);
  };
  return { next, end, line: () => line };
}

function headerFault(got: string): string {
  const columns = got.split(',');
  const missing = CANDLE_HEADER.split(',').filter((column) => !columns.includes(column));
  return missing.length > 0
    ? `the header lacks ${missing.join(', ')}; expected ${CANDLE_HEADER}`
    : `expected the header ${CANDLE_HEADER}`;
}

async function* chunksOf(file: string, line: () => number): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const source: Readable = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  // `pipe` forwards no errors: without this a missing file would hang the reader.
  bytes.on('error', (error) => source.destroy(error));
  source.setEncoding('utf8');
  try {
    for await (const chunk of source) yield chunk as string; // Text, since the encoding is set.
  } catch (cause) {
    if (cause instanceof OvermindError) throw cause;
    throw invalidRecording(file, line(), sourceFault(cause), cause);
  } finally {
    bytes.destroy();
  }
}

function sourceFault(cause: unknown): string {
  // Errors of node:fs and node:zlib carry a code.
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'Z_BUF_ERROR') return 'the gzip is cut off';
  if (code?.startsWith('Z_')) return `the gzip is damaged: ${message}`;
  return `unreadable: ${message}`;
}
