import { ask } from '../ask.ts';

/** What it takes to trade is `needed`; the rest is comfort, and only reported. */
export type Check = {
  readonly name: string;
  readonly needed: boolean;
  /** What was found. Throws when it is not as it should be. */
  readonly look: () => Promise<string> | string;
  readonly advice: string;
};

export type Finding = {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'missing';
  readonly found: string;
  /** What to do; only where something is wrong. */
  readonly advice?: string;
};

export type Diagnosis = { readonly ok: boolean; readonly findings: readonly Finding[] };

const LOOK_MS_MAX = 5_000;

/** All at once: one that hangs costs its own time limit. */
export async function diagnose(
  checks: readonly Check[],
  limitMs = LOOK_MS_MAX,
): Promise<Diagnosis> {
  const findings = await Promise.all(checks.map((check) => findingOf(check, limitMs)));
  return { ok: findings.every(({ state }) => state !== 'failed'), findings };
}

async function findingOf({ name, needed, look, advice }: Check, limitMs: number): Promise<Finding> {
  const answer = await ask(async () => look(), limitMs);
  if (answer.ok) return { name, state: 'ok', found: answer.value };
  return { name, state: needed ? 'failed' : 'missing', found: answer.fault, advice };
}

const MARKS = { ok: 'ok', failed: 'FAILED', missing: '–' } as const;

export function describeDiagnosis({ ok, findings }: Diagnosis): string {
  const room = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, state, found, advice }) => {
    const what = `${MARKS[state].padEnd(6)}  ${name.padEnd(room)}  ${found}`;
    return advice === undefined ? what : `${what}\n${' '.repeat(room + 10)}→ ${advice}`;
  });
  const failed = findings.filter(({ state }) => state === 'failed').length;
  return [
    ...lines,
    ok ? 'All that is needed is there.' : `${failed} of ${findings.length} checks failed.`,
  ].join('\n');
}
