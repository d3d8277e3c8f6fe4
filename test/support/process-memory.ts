import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { encodeBase58 } from '../../domain/shared/base58.ts';

export type Mapping = {
  readonly begin: bigint;
  readonly bytes: number;
  readonly name: string;
  /** `lo` is locked into memory, `dd` is left out of core dumps. */
  readonly flags: readonly string[];
};

export type Find = { readonly form: string; readonly mapping: Mapping };

/** Pieces of one form of a secret. One of them is enough to be found. */
export type Forms = ReadonlyMap<string, readonly Buffer[]>;

/**
 * Every form in which a key could lie about. In pieces, because V8 keeps a text that was put together
 * in parts, and because a half that was not wiped is a find too.
 */
export function formsOf(keypair: Buffer): Forms {
  const seed = keypair.subarray(0, 32);
  const text = (of: string): Buffer => Buffer.from(of, 'latin1');
  const pieces = (length: number): Buffer[] =>
    [0, 8, 16, 24].map((at) => Buffer.from(seed.subarray(at, at + length)));
  const hex = pieces(8).map((piece) => piece.toString('hex'));
  const wide = (write: (into: Buffer, byte: number, at: number) => void) =>
    pieces(8).map((piece) => {
      const into = Buffer.alloc(piece.length * 8);
      piece.forEach((byte, at) => write(into, byte, at * 8));
      return into;
    });
  return new Map([
    ['raw bytes', pieces(8)],
    ['hex', hex.map(text)],
    ['hex in capitals', hex.map((piece) => text(piece.toUpperCase()))],
    ['hex in two-byte characters', hex.map((piece) => Buffer.from(piece, 'utf16le'))],
    ['base58 of the seed', [text(encodeBase58(seed))]],
    ['base58 of the pair', [text(encodeBase58(keypair))]],
    // Whole triples, so that what follows does not change the text.
    ['base64', [0, 12, 18].map((at) => text(seed.subarray(at, at + 12).toString('base64')))],
    ['base64url', [0, 12, 18].map((at) => text(seed.subarray(at, at + 12).toString('base64url')))],
    ['JSON numbers', pieces(6).map((piece) => text([...piece].join(',')))],
    ['JSON numbers, spaced', pieces(6).map((piece) => text([...piece].join(', ')))],
    // V8's form in an array of numbers.
    ['small integers', wide((into, byte, at) => into.writeInt32LE(byte, at + 4))],
    ['doubles', wide((into, byte, at) => into.writeDoubleLE(byte, at))],
  ]);
}

/** All that another process of this user has in memory and could be read of it, page by page. */
export function findInProcess(pid: number, forms: Forms): readonly Find[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    return readMappings(pid).flatMap((mapping) => {
      const bytes = Buffer.alloc(mapping.bytes);
      try {
        readSync(memory, bytes, 0, bytes.length, mapping.begin);
      } catch {
        return []; // The kernel's own pages cannot be read.
      }
      return findIn(bytes, forms).map((form) => ({ form, mapping }));
    });
  } finally {
    closeSync(memory);
  }
}

export function findIn(bytes: Buffer, forms: Forms): readonly string[] {
  const isIn = (piece: Buffer): boolean => bytes.includes(piece);
  return [...forms].filter(([, pieces]) => pieces.some(isIn)).map(([form]) => form);
}

/** Pages that nobody has written are a file's, or zero. */
const CLEAN = /^Anonymous: +0 kB$/m;
const HEAD = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/;

function readMappings(pid: number): readonly Mapping[] {
  const blocks = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
  return blocks.flatMap((block): Mapping[] => {
    const [, begin, end, name = ''] = HEAD.exec(block.split('\n', 1)[0] ?? '') ?? [];
    if (begin === undefined || end === undefined || CLEAN.test(block)) return [];
    const flags = /^VmFlags: (.*)$/m.exec(block)?.[1]?.trim().split(' ') ?? [];
    const from = BigInt(`0x${begin}`);
    return [{ begin: from, bytes: Number(BigInt(`0x${end}`) - from), name, flags }];
  });
}
