import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { encodeBase58 } from '../../domain/shared/base58.ts';

/** A secret of the run that must be found nowhere. */
export type Canary = { readonly name: string; readonly bytes: Buffer };
export type Hit = { readonly name: string; readonly form: string; readonly where: string };

export type Search = {
  /** Looks through bytes, or through all bytes and texts inside a value. */
  look(where: string, what: unknown): void;
  readonly hits: readonly Hit[];
  readonly bytes: number;
  readonly forms: number;
};

/** Shorter ones would be met by chance. */
const BYTES_MIN = 16;

/** What the run's own secret files hold, and what the environment gave it. */
export function canariesOf(home: string, given: Readonly<Record<string, string>>): Canary[] {
  const canaries = Object.entries(given).map(([name, text]) => canaryOf(name, text));
  for (const path of filesIn(join(home, 'secrets'))) {
    const name = relative(home, path);
    const text = readFileSync(path, 'utf8').trim();
    // Public halves are for everybody.
    if (name.endsWith('.pub')) continue;
    if (text.startsWith('[')) {
      // 64 bytes of a wallet; the second half is its address.
      canaries.push({ name, bytes: Buffer.from(JSON.parse(text) as number[]).subarray(0, 32) });
    } else canaries.push(canaryOf(name, text));
  }
  return canaries;
}

function canaryOf(name: string, text: string): Canary {
  // A key; its bytes are the secret, in whichever form.
  if (/^[0-9a-f]{64}$/.test(text)) return { name, bytes: Buffer.from(text, 'hex') };
  if (text.length < BYTES_MIN) throw new Error(`${name} is too short to be told from chance`);
  return { name, bytes: Buffer.from(text, 'utf8') };
}

/** As a careless program would write it. */
export function formsOf({ bytes }: Canary): ReadonlyMap<string, Buffer> {
  const text = bytes.toString('utf8');
  const forms: [string, string | Buffer][] = [
    ['raw', bytes],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    // Without the last characters, which depend on what follows.
    ['base64', bytes.toString('base64').replace(/..?=*$/, '')],
    ['base64url', bytes.toString('base64url').slice(0, -2)],
    ['base58', encodeBase58(bytes)],
    ['numbers', [...bytes].join(',')],
    ['spaced numbers', [...bytes].join(', ')],
    ['in a URL', encodeURIComponent(text)],
    ['in JSON', JSON.stringify(text).slice(1, -1)],
  ];
  return new Map(forms.map(([form, value]) => [form, Buffer.from(value as string)]));
}

export function createSearch(canaries: readonly Canary[]): Search {
  const wanted = canaries.flatMap((one) =>
    [...formsOf(one)].map(([form, bytes]) => ({ name: one.name, form, bytes })),
  );
  const hits: Hit[] = [];
  let bytes = 0;
  const lookThrough = (where: string, hay: Buffer): void => {
    bytes += hay.length;
    for (const { name, form, bytes: needle } of wanted) {
      if (hay.includes(needle)) hits.push({ name, form, where });
    }
  };
  return {
    look(where, what) {
      lookThrough(where, Buffer.concat([...partsOf(what)]));
    },
    hits,
    get bytes() {
      return bytes;
    },
    forms: wanted.length,
  };
}

/** Everything that is text or bytes, also the names of fields. */
function* partsOf(value: unknown): Generator<Buffer> {
  if (value instanceof Uint8Array) yield Buffer.from(value);
  else if (typeof value === 'string') yield Buffer.from(`${value}\n`, 'utf8');
  else if (value instanceof Map || Array.isArray(value)) {
    for (const one of value as Iterable<unknown>) yield* partsOf(one);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      yield Buffer.from(`${key} `, 'utf8');
      yield* partsOf(one);
    }
  } else yield Buffer.from(`${String(value)}\n`, 'utf8');
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
