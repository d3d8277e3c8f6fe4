import type { PermitId } from '../../../domain/shared/ids.ts';
import { openCrashBench, removeBench } from './crash-bench.ts';
import { createDeaths } from './deaths.ts';
import { NOTHING_SENT, planCrashes, type Crash } from './plan.ts';
import { faultsAtEnd, readEnds, type PermitEnd } from './proofs.ts';

export type CrashRow = Pick<Crash, 'point' | 'nth' | 'powerLoss' | 'wipesBus'> & {
  readonly permitId: PermitId | undefined;
  /** Signatures that the power loss took from the journal. */
  readonly lost: number;
  /** From this death until the next life may trade; undefined where that died at its start. */
  backMs: number | undefined;
  /** Of `permitId`, at the end of the run. */
  end: string | undefined;
};

export type FailpointRun = {
  readonly rows: readonly CrashRow[];
  readonly ends: readonly PermitEnd[];
  readonly faults: readonly string[];
  readonly troubles: readonly string[];
  /** State and log of the executor, where there are faults. */
  readonly home: string;
};

export type FailpointRunOptions = {
  readonly seed: number;
  readonly crashes: number;
  readonly say: (line: string) => void;
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Kills one executor again and again, at named points, and looks at the money in the end. */
export async function failpointRun(options: FailpointRunOptions): Promise<FailpointRun> {
  const { seed, crashes, say } = options;
  const bench = await openCrashBench();
  const deaths = createDeaths(bench, { seed, say });
  const close = async (): Promise<void> => {
    await deaths.kill();
    await bench.stop();
  };
  // The servers are in groups of their own: Ctrl-C alone would leave them running.
  const interrupt = (): void => void close().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    for (const crash of planCrashes(seed, crashes)) await deaths.carryOut(crash);
    await deaths.end();
    const ends = await readEnds(bench);
    const endOf = new Map(ends.map(({ permitId, status }) => [permitId, status]));
    for (const row of deaths.rows) row.end = row.permitId && endOf.get(row.permitId);
    const faults = [
      ...deaths.faults,
      ...(await faultsAtEnd(bench, deaths.everSigned)),
      ...faultsOfRows(deaths.rows),
    ];
    const { home, troubles } = bench;
    if (faults.length === 0) removeBench(bench);
    return { rows: deaths.rows, ends, faults, troubles, home };
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await close();
  }
}

/** A permit that died before a byte had left must not be on chain. */
function faultsOfRows(rows: readonly CrashRow[]): readonly string[] {
  const points: readonly string[] = NOTHING_SENT;
  return rows
    .filter(({ point, end }) => points.includes(point) && end !== 'expired' && end !== 'refused')
    .map(({ point, permitId, end }) => `${point}: ${permitId} is ${end}`);
}
