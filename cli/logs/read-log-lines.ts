import { createReadStream, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { OvermindError } from '../../domain/shared/errors.ts';

/** One event of one process, as it was written. Times are ms of the clock on the wall. */
export type LogLine = {
  readonly time: number;
  readonly process: string;
  readonly level: number;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/** Every line of every process that names `id`, in the order of their times. */
export async function readLogLines(folder: string, id: string): Promise<readonly LogLine[]> {
  const perFile = await Promise.all(
    filesIn(folder).map((file) => linesWith(join(folder, file), id)),
  );
  return perFile.flat().toSorted((a, b) => a.time - b.time);
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /\.log(\.\d+)?$/.test(name));
  } catch (cause) {
    const looked = `${folder} holds no logs; OVERMIND_HOME says where a system keeps its state`;
    throw new OvermindError('system/unreachable', { looked }, { cause });
  }
}

async function linesWith(path: string, id: string): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  for await (const text of createInterface({ input: createReadStream(path, 'utf8') })) {
    // Servers write logs of other kinds there; most lines of ours are of other trades.
    if (!text.includes(id)) continue;
    const line = lineOf(text, basename(path).replace(/\.log.*$/, ''));
    if (line) found.push(line);
  }
  return found;
}

/** Undefined for text that is none of ours, such as a line cut by a kill. */
function lineOf(text: string, writer: string): LogLine | undefined {
  const parsed = parsedObject(text);
  const { time, level, msg, process: name, ...facts } = parsed ?? {};
  if (typeof time !== 'number' || typeof level !== 'number') return undefined;
  return {
    time,
    level,
    process: typeof name === 'string' ? name : writer,
    message: typeof msg === 'string' ? msg : '',
    facts,
  };
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
