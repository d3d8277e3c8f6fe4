import type { RefusalReason } from '../../domain/execution/execution-report.ts';

type Counts = Readonly<Record<string, unknown>>;

/** Every way a permit can end, of which there is no other. */
export type PermitEnds = {
  readonly permits: number;
  readonly landed: number;
  readonly failed: number;
  readonly expired: number;
  /** Never signed, which is as good a proof as the chain's. */
  readonly refused: number;
};

/** The executor's own reasons. Risk has an `old-epoch` and a `halted` too, but nobody stops a crash run. */
const NEVER_SIGNED: readonly Exclude<RefusalReason, 'old-epoch'>[] = [
  ...(['halted', 'expired', 'over-cap', 'stale-chain', 'worse-price', 'no-template'] as const),
  ...(['over-rate', 'over-in-flight', 'repeated'] as const),
  ...(['rate-limited', 'congested', 'lease-ended', 'journal-fault'] as const),
];

export function endsOf(summary: Counts): PermitEnds {
  const of = (name: string): number => Number(summary[name] ?? Number.NaN);
  const refusals = (summary['refused'] ?? {}) as Counts;
  return {
    permits: of('permits'),
    landed: of('landed'),
    failed: of('failed'),
    expired: of('expired'),
    refused: NEVER_SIGNED.reduce((sum, reason) => sum + Number(refusals[reason] ?? 0), 0),
  };
}

export const sumOfEnds = ({ landed, failed, expired, refused }: PermitEnds): number =>
  landed + failed + expired + refused;

/** What a summary must say after a run that was carried to its end, however often it was killed. */
export function faultsOf(summary: Counts, exitCode: number | null): readonly string[] {
  const count = (name: string): number => Number(summary[name] ?? Number.NaN);
  const ends = endsOf(summary);
  const orphans = Array.isArray(summary['orphans']) ? summary['orphans'] : ['no list'];
  const wrong: (readonly [boolean, string])[] = [
    [exitCode === 0, `exit code ${exitCode}`],
    [summary['sumsAgree'] === true, 'ledger and chain do not agree'],
    [orphans.length === 0, `transactions without a permit: ${orphans.join(', ')}`],
    [count('unknown') === 0, `${count('unknown')} permits without a proven end`],
    [count('open') === 0, `${count('open')} positions left open`],
    [sumOfEnds(ends) === ends.permits, `permits and their ends differ: ${JSON.stringify(ends)}`],
    [count('trades') > 0, 'nothing was traded'],
    [count('closed') > 0, 'nothing was closed'],
  ];
  return wrong.flatMap(([isRight, fault]) => (isRight ? [] : [fault]));
}
