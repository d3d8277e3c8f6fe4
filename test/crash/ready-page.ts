const ANSWER_MS_MAX = 1_000;

export type Complaint = { readonly part: string; readonly detail: string };

/**
 * What `/ready` complains of; a feed that is over is as good as one that runs. Rejects where nobody
 * answers.
 */
export async function readComplaints(api: string | undefined): Promise<readonly Complaint[]> {
  const answer = await fetch(`${api}/ready`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  const { parts } = (await answer.json()) as {
    readonly parts: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
  };
  return Object.entries(parts).flatMap(([part, { ok, detail }]) =>
    ok || (part === 'feed' && /ended/.test(detail)) ? [] : [{ part, detail }],
  );
}
