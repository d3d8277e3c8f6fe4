type Counts = Readonly<Record<string, unknown>>;

/** What a summary must say after a run that was carried to its end, however often it was killed. */
export function faultsOf(summary: Counts, exitCode: number | null): readonly string[] {
  const count = (name: string): number => Number(summary[name] ?? Number.NaN);
  const refusals = Object.values((summary['refused'] ?? {}) as Counts).map(Number);
  const ended = count('landed') + count('failed') + count('expired');
  const orphans = Array.isArray(summary['orphans']) ? summary['orphans'] : ['no list'];
  const wrong: (readonly [boolean, string])[] = [
    [exitCode === 0, `exit code ${exitCode}`],
    [summary['sumsAgree'] === true, 'ledger and chain do not agree'],
    [orphans.length === 0, `transactions without a permit: ${orphans.join(', ')}`],
    [count('unknown') === 0, `${count('unknown')} permits without a proven end`],
    [count('open') === 0, `${count('open')} positions left open`],
    // Refusals of the executor are ends, too; those of risk never were permits.
    [ended <= count('permits'), 'more ends than permits'],
    [ended + sum(refusals) >= count('permits'), 'permits that ended nowhere'],
    [count('trades') > 0, 'nothing was traded'],
    [count('closed') > 0, 'nothing was closed'],
  ];
  return wrong.flatMap(([isRight, fault]) => (isRight ? [] : [fault]));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
