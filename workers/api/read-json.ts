import type { IncomingMessage } from 'node:http';

export const BODY_BYTES_MAX = 65_536;
/** Read and thrown away, so that who sends too much still hears why. Beyond it the line is cut. */
const DISCARDED_BYTES_MAX = 16_777_216;
const DEPTH_MAX = 16;

export type ReadBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: 'too-large' | 'broken-off' };

/** Holds at most `bytesMax`, whatever the header says. */
export async function readBody(
  request: IncomingMessage,
  bytesMax = BODY_BYTES_MAX,
): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (declaredSize(request) > DISCARDED_BYTES_MAX) return { ok: false, why: 'too-large' };
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer; // No encoding is set, so it is never a string.
      size += bytes.length;
      if (size > DISCARDED_BYTES_MAX) break;
      if (size <= bytesMax) chunks.push(bytes);
      else chunks.length = 0;
    }
  } catch {
    return { ok: false, why: 'broken-off' };
  }
  return size > bytesMax
    ? { ok: false, why: 'too-large' }
    : { ok: true, bytes: Buffer.concat(chunks) };
}

/** Reads on to the end and keeps nothing: an answer to a half-sent body might not arrive. */
export async function discardBody(request: IncomingMessage): Promise<void> {
  await readBody(request);
}

const declaredSize = ({ headers }: IncomingMessage): number =>
  Number(headers['content-length'] ?? 0);

export type ReadJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: string };

/** JSON that means one thing to every reader: UTF-8, no key twice, no key that changes prototypes. */
export function readJson(bytes: Buffer): ReadJson {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, fault: 'the body is not UTF-8' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, fault: 'the body is not JSON' };
  }
  const fault = ambiguityIn(text);
  return fault === undefined ? { ok: true, value } : { ok: false, fault };
}

/** Walks through text that is known to be JSON. */
function ambiguityIn(text: string): string | undefined {
  /** Keys of the objects around; undefined for an array. */
  const around: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const keys = around.at(-1);
      if (isKeyNext && keys) {
        const key = JSON.parse(text.slice(at, end + 1)) as string;
        if (key === '__proto__') return 'the key "__proto__" is not taken';
        if (keys.has(key)) return `the key ${JSON.stringify(key)} stands twice`;
        keys.add(key);
      }
      isKeyNext = false;
      at = end;
    } else if (character === '{' || character === '[') {
      around.push(character === '{' ? new Set() : undefined);
      if (around.length > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      isKeyNext = character === '{';
    } else if (character === '}' || character === ']') {
      around.pop();
      isKeyNext = false;
    } else if (character === ',') {
      isKeyNext = around.at(-1) !== undefined;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
