import { createHash } from 'node:crypto';
import { queryRows, type Queryable } from './connect.ts';

export type AuditEntry = {
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  /** JSON text, as it was hashed. */
  readonly subject: string;
  readonly previousHash: string;
  readonly hash: string;
};

export type AuditProof = {
  readonly entries: number;
  /** Of the last entry. Noted elsewhere, it proves later that nothing before it was rewritten. */
  readonly head: string;
  /** The first entry that does not hold, and why; undefined where the chain is whole. */
  readonly fault?: { readonly seq: number; readonly what: string };
  /** Whether an entry has the hash that was expected; undefined where none was. */
  readonly hasExpected?: boolean;
};

type Row = {
  readonly seq: string;
  readonly at_ms: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly previous_hash: string;
  readonly hash: string;
};

const BEGINNING = '0'.repeat(64);
const BATCH = 5_000;

/** Computes every hash anew, from the first entry to the head. */
export async function verifyAudit(pool: Queryable, expected?: string): Promise<AuditProof> {
  let [seq, hash, hasExpected] = [0, BEGINNING, expected === BEGINNING];
  const proof = (fault?: AuditProof['fault']): AuditProof => ({
    entries: seq,
    head: hash,
    ...(fault ? { fault } : {}),
    ...(expected === undefined ? {} : { hasExpected }),
  });
  for (;;) {
    const entries = await readAfter(pool, seq, BATCH);
    for (const entry of entries) {
      const what = faultOf(entry, seq, hash);
      if (what !== undefined) return proof({ seq: entry.seq, what });
      ({ seq, hash } = entry);
      hasExpected ||= hash === expected;
    }
    if (entries.length < BATCH) break;
  }
  const [head] = await queryRows<{ seq: string; hash: string }>(pool, 'read audit head', {
    text: 'select seq, hash from audit_head',
  });
  // An entry that was added meanwhile is above what was read, never below.
  if (!head || Number(head.seq) < seq) return proof({ seq, what: 'the head is behind it' });
  if (Number(head.seq) > seq && (await readAfter(pool, seq, 1)).length === 0) {
    return proof({ seq: seq + 1, what: `it is gone: the head is ${head.seq}` });
  }
  if (Number(head.seq) === seq && head.hash !== hash) {
    return proof({ seq, what: 'the head has another hash' });
  }
  return proof();
}

function faultOf(entry: AuditEntry, seq: number, hash: string): string | undefined {
  if (entry.seq !== seq + 1) return `entry ${seq + 1} is gone`;
  if (entry.previousHash !== hash) return 'it does not follow from the one before it';
  return hashOf(entry) === entry.hash ? undefined : 'it was changed';
}

function hashOf({ previousHash, seq, atMs, actor, action, subject }: AuditEntry): string {
  const lines = [previousHash, seq, atMs, actor, action, subject];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** The newest entries, oldest of them first. */
export async function readAudit(pool: Queryable, limit: number): Promise<readonly AuditEntry[]> {
  const rows = await queryRows<Row>(pool, 'read audit', {
    text: `select * from (select * from audit order by seq desc limit $1) newest order by seq`,
    values: [limit],
  });
  return rows.map(entryOf);
}

async function readAfter(
  pool: Queryable,
  seq: number,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const rows = await queryRows<Row>(pool, 'read audit', {
    text: 'select * from audit where seq > $1 order by seq limit $2',
    values: [seq, limit],
  });
  return rows.map(entryOf);
}

function entryOf(row: Row): AuditEntry {
  const { actor, action, subject, previous_hash: previousHash, hash } = row;
  return {
    ...{ seq: Number(row.seq), atMs: Number(row.at_ms) },
    ...{ actor, action, subject, previousHash, hash },
  };
}

/** For what leaves no row of its own, such as an operator's key file. */
export async function recordAudit(
  pool: Queryable,
  action: string,
  subject: Readonly<Record<string, unknown>>,
): Promise<void> {
  await queryRows(pool, 'record audit', {
    text: 'select append_audit($1, $2)',
    values: [action, JSON.stringify(subject)],
  });
}

/** The limits that hold from now on. Nothing is written where they are the last ones. */
export async function recordLimits(
  pool: Queryable,
  limits: Readonly<Record<string, string | number>>,
): Promise<void> {
  await queryRows(pool, 'record limits', {
    text: `insert into limit_changes (limits)
      select $1::jsonb where $1::jsonb is distinct from
        (select limits from limit_changes order by id desc limit 1)`,
    values: [JSON.stringify(limits)],
  });
}
