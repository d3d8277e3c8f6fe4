import type { ActiveToken } from '../../adapters/ledger/service-tokens.ts';
import { isServiceToken, serviceTokenIdOf } from '../../adapters/secrets/service-token.ts';
import { createTokenBucket, type TokenBucket } from '../../adapters/senders/token-bucket.ts';
import type { Scope } from '../../domain/control/scopes.ts';
import { problem, type Answer } from './problem.ts';
import { within } from './watch-part.ts';

export type Wanted = {
  /** Any one of them lets the token in. */
  readonly scopes: readonly Scope[];
  /** A stop is never refused for its rate. */
  readonly isUnlimited?: boolean;
  /** The token may come as the password of Basic, whatever the user's name. */
  readonly takesBasic?: boolean;
};

export type Admission =
  { readonly ok: true; readonly name: string } | { readonly ok: false; readonly answer: Answer };

export type TokenGate = {
  admit(authorization: string | undefined, wanted: Wanted): Promise<Admission>;
};

export type TokenGateOptions = {
  readonly readTokens: () => Promise<readonly ActiveToken[]>;
  /** Of one token and scope. */
  readonly perSecondMax: number;
  /** Monotonic. */
  readonly nowMs: () => number;
};

/** A revoked token is refused after this at the latest, while Postgres answers. */
const TOKENS_AGE_MS_MAX = 1_000;
/** A token that is not known may have been made just now: so often a second that is looked up. */
const UNKNOWN_READS_PER_SECOND_MAX = 20;
/** A stop must not wait for a Postgres that hangs. */
const READ_WITHIN_MS = 300;

type Known = { readonly tokens: ReadonlyMap<string, ActiveToken>; readonly atMs: number };

/**
 * Bearer tokens, kept in memory. Without Postgres those known last still hold: nobody can have
 * revoked one meanwhile, because that is where it would be written.
 */
export function createTokenGate({ readTokens, perSecondMax, nowMs }: TokenGateOptions): TokenGate {
  const buckets = new Map<string, TokenBucket>();
  let known: Known | undefined;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    try {
      const tokens = await within(readTokens(), READ_WITHIN_MS);
      known = { tokens: new Map(tokens.map((one) => [one.id, one])), atMs: nowMs() };
      for (const key of buckets.keys()) {
        if (!known.tokens.has(key.split(' ')[0] ?? '')) buckets.delete(key);
      }
    } catch {
      // The next request asks again, one question at a time.
      if (known) known = { ...known, atMs: nowMs() };
    } finally {
      reading = undefined;
    }
  };
  const fresh = async (): Promise<Known | undefined> => {
    if (!known || nowMs() - known.atMs > TOKENS_AGE_MS_MAX) await (reading ??= read());
    return known;
  };
  const lookups = createTokenBucket(UNKNOWN_READS_PER_SECOND_MAX, nowMs());
  const find = async (id: string): Promise<ActiveToken | undefined> => {
    const found = known?.tokens.get(id);
    if (found || !lookups.has(nowMs())) return found;
    lookups.take();
    await reading; // It may have begun before the token was made.
    await (reading ??= read());
    return known?.tokens.get(id);
  };
  const isOverRate = (id: string, scope: Scope): boolean => {
    const key = `${id} ${scope}`;
    const bucket = buckets.get(key) ?? createTokenBucket(perSecondMax, nowMs());
    buckets.set(key, bucket);
    if (!bucket.has(nowMs())) return true;
    bucket.take();
    return false;
  };

  return {
    async admit(authorization = '', { scopes, isUnlimited, takesBasic = false }) {
      const unknown = refused(takesBasic ? UNKNOWN_IN_BROWSER : UNKNOWN);
      const token = bearerOf(authorization) ?? (takesBasic ? passwordOf(authorization) : undefined);
      const id = token === undefined ? undefined : serviceTokenIdOf(token);
      if (token === undefined || id === undefined) return unknown;
      if (!(await fresh())) return refused(UNREADABLE);
      const found = await find(id);
      if (!found || !isServiceToken(token, found.hash)) return unknown;
      const scope = scopes.find((one) => found.scopes.includes(one));
      if (scope === undefined) return refused(outside(scopes));
      if (!isUnlimited && isOverRate(id, scope)) return refused(TOO_MANY);
      return { ok: true, name: found.name };
    },
  };
}

const bearerOf = (authorization: string): string | undefined =>
  /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1];

function passwordOf(authorization: string): string | undefined {
  const encoded = /^Basic ([\w+/=]{1,400})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  return /^[^:]*:([\x21-\x7e]{1,200})$/.exec(
    Buffer.from(encoded, 'base64').toString('latin1'),
  )?.[1];
}

const refused = (answer: Answer): Admission => ({ ok: false, answer });

const UNKNOWN = problem(401, 'token-missing', {
  title: 'Wants a service token',
  detail: 'Authorization: Bearer …, of a token that is in use',
  headers: { 'www-authenticate': 'Bearer realm="overmind"' },
});
/** A browser asks its user, and keeps what it is told. */
const UNKNOWN_IN_BROWSER = problem(401, 'token-missing', {
  title: 'Wants a service token',
  detail: 'as a bearer, or as the password of Basic beside any name',
  headers: { 'www-authenticate': 'Basic realm="overmind", charset="UTF-8"' },
});
const UNREADABLE = problem(503, 'tokens-unreadable', {
  title: 'No token can be checked now',
  headers: { 'retry-after': '1' },
});
const TOO_MANY = problem(429, 'too-many-requests', {
  title: 'Too many requests of this token',
  headers: { 'retry-after': '1' },
});
const outside = (scopes: readonly Scope[]): Answer =>
  problem(403, 'outside-scope', {
    title: 'The token is not for this',
    detail: `wants the scope ${scopes.join(' or ')}`,
  });
