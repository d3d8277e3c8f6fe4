import { splitPermitId, type Leg, type Side } from '../shared/ids.ts';
import { OvermindError } from '../shared/errors.ts';
import { lamports, tokenUnits } from '../shared/units.ts';
import type { PermitFields, Route } from './permit.ts';

const VERSION = 'v1';
/** Version and the fields of `PermitFields`, in its order. */
const PART_COUNT = 21;
const ROUTE_PART = 13;
/** Longest `p` that is read; a permit of ours is about 400 characters. */
const LENGTH_MAX = 1_024;

/** The canonical `p`: the MAC covers these very bytes, so equal permits have equal texts. */
export function encodePermit(fields: PermitFields): string {
  const p = [
    VERSION,
    fields.id,
    fields.leg,
    fields.attempt,
    fields.wallet,
    fields.market,
    fields.side,
    fields.mintIn,
    fields.mintOut,
    fields.amountIn,
    fields.minAmountOut,
    fields.feeMax,
    fields.tipMax,
    fields.route,
    fields.reduceOnly ? '1' : '0',
    fields.flattenOf ?? '-',
    fields.issuedAtMs,
    fields.validUntilMs,
    fields.validUntilHeight,
    fields.executorEpoch,
    fields.haltEpoch,
  ].join('|');
  // A field that holds the separator or leaves ASCII would be read as another permit.
  decodePermit(p);
  return p;
}

/** Strict: every part is checked, one spelling only. Throws `permit/unreadable` that names the field. */
export function decodePermit(p: string): PermitFields {
  if (p.length > LENGTH_MAX) throw unreadable(`longer than ${LENGTH_MAX} characters`);
  const parts = p.split('|');
  if (parts.length !== PART_COUNT) {
    throw unreadable(`${parts.length} parts, wants ${PART_COUNT}`);
  }
  const version = partOf(parts, 0);
  if (version !== VERSION) throw unreadable(`version ${version}, wants ${VERSION}`);

  const leg = word<Leg>(partOf(parts, 2), 'leg', LEGS);
  const attempt = integer(partOf(parts, 3), 'attempt');
  const id = partOf(parts, 1);
  const idParts = ASCII.test(id) ? splitPermitId(id) : undefined;
  if (idParts?.leg !== leg || idParts.attempt !== attempt) throw unreadable(`id ${id}`);

  return {
    id,
    leg,
    attempt,
    wallet: key(partOf(parts, 4), 'wallet'),
    market: matching(partOf(parts, 5), 'market', MARKET),
    side: word<Side>(partOf(parts, 6), 'side', SIDES),
    mintIn: key(partOf(parts, 7), 'mintIn'),
    mintOut: key(partOf(parts, 8), 'mintOut'),
    amountIn: tokenUnits(u64(partOf(parts, 9), 'amountIn')),
    minAmountOut: tokenUnits(u64(partOf(parts, 10), 'minAmountOut')),
    feeMax: lamports(u64(partOf(parts, 11), 'feeMax')),
    tipMax: lamports(u64(partOf(parts, 12), 'tipMax')),
    route: word<Route>(partOf(parts, ROUTE_PART), 'route', ROUTES),
    reduceOnly: word(partOf(parts, 14), 'reduceOnly', FLAGS) === '1',
    flattenOf: partOf(parts, 15) === '-' ? undefined : integer(partOf(parts, 15), 'flattenOf'),
    issuedAtMs: integer(partOf(parts, 16), 'issuedAtMs'),
    validUntilMs: integer(partOf(parts, 17), 'validUntilMs'),
    validUntilHeight: integer(partOf(parts, 18), 'validUntilHeight'),
    executorEpoch: integer(partOf(parts, 19), 'executorEpoch'),
    haltEpoch: integer(partOf(parts, 20), 'haltEpoch'),
  };
}

/**
 * The route that an unauthenticated `p` names, and nothing else of it: good for choosing which
 * connections to wait for, never for a decision.
 */
export function routeNamedBy(p: string): Route | undefined {
  let start = 0;
  for (let part = 0; part < ROUTE_PART; part++) {
    start = p.indexOf('|', start) + 1;
    if (start === 0) return undefined;
  }
  if (p.startsWith('protected|', start)) return 'protected';
  return p.startsWith('fast|', start) ? 'fast' : undefined;
}

// Outside of the functions: a list or a function that is made anew costs each permit a microsecond.
const LEGS: readonly Leg[] = ['entry', 'exit'];
const SIDES: readonly Side[] = ['buy', 'sell'];
const ROUTES: readonly Route[] = ['protected', 'fast'];
const FLAGS = ['0', '1'] as const;
const ASCII = /^[!-{}-~]+$/;
const MARKET = /^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/;
const KEY = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const INTEGER = /^(0|[1-9]\d{0,15})$/;
const U64 = /^(0|[1-9]\d{0,19})$/;
const U64_MAX = 2n ** 64n - 1n;

function partOf(parts: readonly string[], index: number): string {
  return parts[index] ?? '';
}

function matching(text: string, field: string, shape: RegExp): string {
  if (!shape.test(text)) throw unreadable(`${field} ${text}`);
  return text;
}

function key(text: string, field: string): string {
  return matching(text, field, KEY);
}

function integer(text: string, field: string): number {
  const value = Number(matching(text, field, INTEGER));
  if (!Number.isSafeInteger(value)) throw unreadable(`${field} ${text}`);
  return value;
}

function u64(text: string, field: string): bigint {
  const value = BigInt(matching(text, field, U64));
  if (value > U64_MAX) throw unreadable(`${field} ${text}`);
  return value;
}

function word<Word extends string>(text: string, field: string, words: readonly Word[]): Word {
  const at = words.indexOf(text as Word); // -1 for what is none of them.
  if (at < 0) throw unreadable(`${field} ${text}`);
  return words[at] as Word;
}

function unreadable(fault: string): OvermindError {
  return new OvermindError('permit/unreadable', { fault });
}
