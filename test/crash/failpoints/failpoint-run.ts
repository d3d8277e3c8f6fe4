import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../../../adapters/market-data/random.ts';
import type { PermitId } from '../../../domain/shared/ids.ts';
import { until } from '../../support/until.ts';
import { openCrashBench, removeBench, type CrashBench } from './crash-bench.ts';
import type { Death, ExecutorLife } from './executor-life.ts';
import { losePower, readJournal, signatureOf, signedWhileHalted } from './journal-files.ts';
import { NOTHING_SENT, planCrashes, type Crash } from './plan.ts';
import { faultsAtEnd, readEnds, untilQuiet, type PermitEnd } from './proofs.ts';

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

const REACHED_WITHIN_MS = 60_000;
const BACK_WITHIN_MS = 50_000;

/** Kills one executor again and again, at named points, and looks at the money in the end. */
export async function failpointRun(options: FailpointRunOptions): Promise<FailpointRun> {
  const { seed, crashes, say } = options;
  const bench = await openCrashBench();
  const run = createRun(bench, { seed, say });
  try {
    for (const crash of planCrashes(seed, crashes)) await run.carryOut(crash);
    await run.end();
    const ends = await readEnds(bench);
    const endOf = new Map(ends.map(({ permitId, status }) => [permitId, status]));
    for (const row of run.rows) row.end = row.permitId && endOf.get(row.permitId);
    const faults = [
      ...run.faults,
      ...(await faultsAtEnd(bench, run.everSigned)),
      ...faultsOfRows(run.rows),
    ];
    const { home, troubles } = bench;
    if (faults.length === 0) removeBench(bench);
    return { rows: run.rows, ends, faults, troubles, home };
  } finally {
    await run.kill();
    await bench.stop();
  }
}

/** A permit that died before a byte had left must not be on chain. */
function faultsOfRows(rows: readonly CrashRow[]): readonly string[] {
  const points: readonly string[] = NOTHING_SENT;
  return rows
    .filter(({ point, end }) => points.includes(point) && end !== 'expired' && end !== 'refused')
    .map(({ point, permitId, end }) => `${point}: ${permitId} is ${end}`);
}

function createRun(
  bench: CrashBench,
  { seed, say }: { readonly seed: number; readonly say: (line: string) => void },
) {
  const random = createRandom(seed + 1_000_000);
  const rows: CrashRow[] = [];
  const faults: string[] = [];
  const everSigned = new Map<string, PermitId>();
  /** Of the stop that holds, as far as we were told. */
  let halted = false;
  let stops = 0;
  let life: ExecutorLife | undefined;
  let lastDeath: Death | undefined;

  const begin = (crash: Crash): ExecutorLife => {
    const isMoment = crash.point === 'any-moment' || crash.point === 'while-halted';
    life = bench.begin(isMoment ? undefined : `${crash.point}:${crash.nth}`);
    return life;
  };

  /** Until it may trade; false where it has died again before. */
  const back = async (of: ExecutorLife): Promise<boolean> => {
    if (!(await of.ready)) return false;
    let isGone = false;
    void of.gone.then(() => (isGone = true));
    const look = async () => isGone || (await statusOf())?.isFresh;
    await until('an executor that may trade', look, BACK_WITHIN_MS);
    if (isGone) return false;
    const row = rows.at(-1);
    if (row && lastDeath) row.backMs = Date.now() - lastDeath.atMs;
    const status = await statusOf();
    if (status && status.halted !== halted) {
      faults.push(`after ${row?.point}: halted is ${status.halted}, was ${halted}`);
    }
    return true;
  };
  const statusOf = () => bench.status().catch(() => undefined);

  const lift = async (): Promise<void> => {
    await untilQuiet(bench);
    await bench.resume();
    halted = false;
  };

  const halt = async (): Promise<void> => {
    stops += 1;
    await bench.halt(`stop-${stops}`);
    halted = true;
  };

  /** What leads to the death that is planned; some of it is cut short by it. */
  const provoke = async (crash: Crash, of: ExecutorLife): Promise<void> => {
    if (crash.when === 'start' || !(await back(of))) return;
    switch (crash.when) {
      case 'trading':
        if (halted) await lift();
        if (crash.point === 'any-moment') await dieAfter(crash, of);
        return;
      case 'stop':
        if (halted) await lift();
        await pause(crash.afterMs);
        return halt();
      case 'lift':
        if (!halted) await halt();
        return lift();
      case 'halted':
        if (!halted) await halt();
        return dieAfter(crash, of);
    }
  };
  const dieAfter = async ({ afterMs }: Crash, of: ExecutorLife): Promise<void> => {
    await pause(afterMs);
    await of.kill();
  };

  const takeDown = async (crash: Crash, death: Death): Promise<void> => {
    const filed = readJournal(bench.journal);
    for (const { record } of filed) {
      if (record.kind === 'signed') everSigned.set(signatureOf(record), record.id);
    }
    for (const id of signedWhileHalted(filed)) faults.push(`${id} was signed after a halt`);
    const lost = crash.powerLoss ? losePower(bench.journal, crash.powerLoss, random) : [];
    if (crash.wipesBus) await bench.bus.flushall();
    // The journal knows whether the stop or the resume had got that far.
    const last = filed.findLast(({ record }) => ['halt', 'resume'].includes(record.kind));
    const isLatched = last?.record.kind === 'halt';
    if (halted && !isLatched && crash.when !== 'lift') faults.push('an acknowledged halt is gone');
    halted = isLatched;
    lastDeath = death;
    const { point, nth, powerLoss, wipesBus } = crash;
    const permitId = death.words?.permitId;
    const row = { ...{ point, nth, powerLoss, wipesBus, permitId }, lost: lost.length };
    rows.push({ ...row, backMs: undefined, end: undefined });
    const loss = powerLoss ? `, power loss (${powerLoss}) of ${lost.length}` : '';
    say(`${String(rows.length).padStart(4)}  ${point}:${nth}${loss}${wipesBus ? ', bus' : ''}`);
  };

  return {
    ...{ rows, faults, everSigned },
    async carryOut(crash: Crash): Promise<void> {
      const of = begin(crash);
      let isGone = false;
      void of.gone.then(() => (isGone = true));
      const provoking = provoke(crash, of).catch((error: unknown) => {
        // What the death has cut short throws, as it should.
        if (!isGone) faults.push(`${crash.point}:${crash.nth}: ${String(error)}`);
      });
      const late = new AbortController();
      const death = await Promise.race([
        of.gone,
        pause(REACHED_WITHIN_MS, undefined, { signal: late.signal }),
      ]);
      late.abort();
      if (!death) faults.push(`${crash.point}:${crash.nth} was not reached`);
      const known = death ?? (await of.kill());
      const how = known.words ? known.words.failpoint : known.how;
      const meant = { 'any-moment': 'SIGKILL', 'while-halted': 'SIGKILL' }[String(crash.point)];
      if (death && how !== (meant ?? crash.point)) {
        faults.push(`${crash.point}:${crash.nth} ended with ${how}`);
      }
      await provoking;
      await takeDown(crash, known);
    },
    /** A last life without a failpoint, until everything has its end. */
    async end(): Promise<void> {
      life = bench.begin();
      if (!(await back(life))) faults.push(`the last life ended: ${(await life.gone).how}`);
      if (halted) await lift();
      await bench.trades.stop();
      await untilQuiet(bench);
      await life.stop();
      for (const { record } of readJournal(bench.journal)) {
        if (record.kind === 'signed') everSigned.set(signatureOf(record), record.id);
      }
    },
    async kill(): Promise<void> {
      await life?.kill();
    },
  };
}
