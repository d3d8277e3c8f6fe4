import {
  chainEndOf,
  listLandable,
  type JournalView,
  type Landable,
  type LandableEnd,
} from '../../domain/control/quiescence.ts';
import type { LivePermit } from '../../domain/control/halt-view.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import type { PermitId } from '../../domain/shared/ids.ts';
import { humanDuration } from '../../domain/shared/human-amounts.ts';
import { facts } from '../table.ts';

export type QuietSources = {
  /** Undefined: it does not answer. */
  readonly readJournal: () => Promise<JournalView | undefined>;
  readonly readLive: () => Promise<readonly LivePermit[] | undefined>;
  /** Those of them whose end the ledger has proven. */
  readonly readEnded: (permitIds: readonly PermitId[]) => Promise<ReadonlySet<PermitId>>;
  /** Undefined with fewer than two origins: one alone proves nothing. */
  readonly chain:
    Pick<ChainReader, 'origins' | 'readFinalizedHeight' | 'readSignatureStatuses'> | undefined;
};

export type LandableLine = Landable & { readonly end: LandableEnd | null };

export type QuietReport = {
  readonly quiesced: boolean;
  /** From FENCED on; null while something could still land. */
  readonly quiescedMs: number | null;
  /** Everything that could still have landed at FENCED, with its proven end. */
  readonly landable: readonly LandableLine[];
  readonly said: string;
};

/** Of one `getSignatureStatuses`. */
const SIGNATURES_MAX = 256;
const LOOK_EVERY_MS = 500;

/** Waits until nothing that was signed can land any more, proven signature by signature. */
export async function awaitQuiet(sources: QuietSources, limitMs: number): Promise<QuietReport> {
  const startedMs = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedMs);
  const [journal, live] = await Promise.all([sources.readJournal(), sources.readLive()]);
  if (!journal && !live) {
    const said = 'neither the executor nor Postgres answers: what was signed is not known';
    return { quiesced: false, quiescedMs: null, landable: [], said };
  }
  const listed = listLandable(journal, live);
  const ends = new Map<PermitId, LandableEnd>();
  const report = (quiesced: boolean, said: string): QuietReport => ({
    quiesced,
    quiescedMs: quiesced ? elapsed() : null,
    landable: listed.map((one) => ({ ...one, end: ends.get(one.permitId) ?? null })),
    said,
  });
  for (;;) {
    const pending = listed.filter(({ permitId }) => !ends.has(permitId));
    if (pending.length === 0) return report(true, 'nothing that was signed can land any more');
    for (const [id, end] of await findEnds(sources, pending)) ends.set(id, end);
    if (elapsed() >= limitMs) return report(false, `${pending.length} could still land`);
    if (ends.size < listed.length) await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

async function findEnds(
  { chain, readEnded }: QuietSources,
  pending: readonly Landable[],
): Promise<ReadonlyMap<PermitId, LandableEnd>> {
  const ends = new Map<PermitId, LandableEnd>();
  for (const id of await readEnded(pending.map(({ permitId }) => permitId))) {
    ends.set(id, 'settled');
  }
  if (!chain) return ends;
  const signed = pending.filter(({ signature }) => signature !== undefined);
  for (let from = 0; from < signed.length; from += SIGNATURES_MAX) {
    const page = signed.slice(from, from + SIGNATURES_MAX);
    // Heights first: a null says nothing about the time after it was asked.
    const heights = await chain.readFinalizedHeight();
    const statuses = await chain.readSignatureStatuses(page.flatMap((one) => one.signature ?? []));
    const view = { origins: chain.origins, heights, statuses };
    for (const one of page) {
      const end = chainEndOf(one, view);
      if (end) ends.set(one.permitId, end);
    }
  }
  return ends;
}

export function describeQuiet({ quiesced, quiescedMs, landable, said }: QuietReport): string {
  const headline = quiesced
    ? `QUIESCED ${humanDuration(quiescedMs ?? 0)} later: ${said}`
    : `NOT QUIESCED: ${said}`;
  if (landable.length === 0) return headline;
  const lines = landable.map(
    ({ permitId, signature, end }) =>
      [
        `  ${permitId}`,
        `${end ?? 'could still land'} ${signature ?? 'signature unknown'}`,
      ] as const,
  );
  return [headline, 'could still have landed at FENCED:', facts(lines)].join('\n');
}
