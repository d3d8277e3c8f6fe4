import type { AuditEntry, AuditProof } from '../../adapters/ledger/audit.ts';
import { table } from '../table.ts';

const HASH_SHOWN = 12;

export function describeAudit(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'Nothing was recorded yet.';
  return table(entries, [
    { title: 'number', of: ({ seq }) => String(seq), right: true },
    { title: 'time', of: ({ atMs }) => new Date(atMs).toISOString().replace('T', ' ') },
    { title: 'by', of: ({ actor }) => actor },
    { title: 'what', of: ({ action }) => action },
    { title: 'hash', of: ({ hash }) => hash.slice(0, HASH_SHOWN) },
    { title: 'about', of: ({ subject }) => subject },
  ]);
}

export function describeProof({ entries, head, fault, hasExpected }: AuditProof): string {
  if (fault)
    return `BROKEN at entry ${fault.seq}: ${fault.what}. ${entries} entries before it hold.`;
  if (hasExpected === false) {
    return `REWRITTEN: ${entries} entries hold together, but none has the expected hash.`;
  }
  const noted = hasExpected ? ' The expected hash is among them.' : '';
  return `${entries} entries hold.${noted}\nHead ${head}\nNote it where nobody of this host can write; --expect checks it later.`;
}
