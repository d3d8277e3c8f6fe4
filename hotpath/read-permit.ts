import { decodePermit } from '../domain/risk/permit-codec.ts';
import type { Permit } from '../domain/risk/permit.ts';
import { OvermindError } from '../domain/shared/errors.ts';

/** One entry of the permit stream as it was read. */
export type PermitEntry = {
  readonly entryId: string;
  readonly p: string | undefined;
  readonly m: string | undefined;
  /** When the approver called XADD, monotonic ns in digits. */
  readonly t: string | undefined;
};

/** No MAC covers `t`, and it goes on into reports: what is no time is left out. */
const TIME = /^\d{1,20}$/;

export function permitEntryOf(entry: {
  readonly id: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}): PermitEntry {
  const { p, m, t } = entry.fields;
  return { entryId: entry.id, p, m, t: t !== undefined && TIME.test(t) ? t : undefined };
}

export type PermitAuthenticator = { verify(p: string, m: string): boolean };

/** The MAC is checked over the exact bytes before any of them is parsed. */
export function readPermit(
  { p, m }: PermitEntry,
  mac: PermitAuthenticator,
): Permit | 'bad-mac' | 'unreadable' {
  if (p === undefined || m === undefined || !mac.verify(p, m)) return 'bad-mac';
  try {
    return decodePermit(p) as Permit; // The approver's MAC proves that the gate made it.
  } catch (error) {
    if (error instanceof OvermindError) return 'unreadable';
    throw error;
  }
}
