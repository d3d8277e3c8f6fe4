import { setTimeout as pause } from 'node:timers/promises';
import { createRandom, type Random } from '../../../adapters/market-data/random.ts';
import type { PermitId } from '../../../domain/shared/ids.ts';
import { until } from '../../support/until.ts';
import type { CrashBench } from './crash-bench.ts';
import type { Death, ExecutorLife } from './executor-life.ts';
import type { CrashRow } from './failpoint-run.ts';
import { losePower, readJournal, signatureOf, signedWhileHalted } from './journal-files.ts';
import type { Crash } from './plan.ts';
import { untilQuiet } from './proofs.ts';

const REACHED_WITHIN_MS = 90_000;
const BACK_WITHIN_MS = 60_000;
const DEATH_TOLD_WITHIN_MS = 2_000;

/** What is known while one life follows the other. */
type State = {
  readonly bench: CrashBench;
  readonly random: Random;
  readonly rows: CrashRow[];
  readonly faults: string[];
  readonly everSigned: Map<string, PermitId>;
  life: ExecutorLife | undefined;
  lastDeath: Death | undefined;
  /** A stop was acknowledged, or found in the journal, and no resume was. */
  halted: boolean;
  /** A resume was asked for: the executor may know of it before we do. */
  lifting: boolean;
  stops: number;
  /** Nothing is begun any more. */
  isOver: boolean;
};

type Options = { readonly seed: number; readonly say: (line: string) => void };

export function createDeaths(bench: CrashBench, { seed, say }: Options) {
  const state: State = {
    ...{ bench, random: createRandom(seed), rows: [], faults: [], everSigned: new Map() },
    ...{ life: undefined, lastDeath: undefined, halted: false, lifting: false, stops: 0 },
    isOver: false,
  };
  const { rows, faults, everSigned } = state;
  return {
    ...{ rows, faults, everSigned },

    async carryOut(crash: Crash): Promise<void> {
      if (state.isOver) return;
      state.life = bench.begin(hasName(crash) ? `${crash.point}:${crash.nth}` : undefined);
      const death = await dieAsPlanned(state, crash, state.life);
      say(`${String(rows.length + 1).padStart(4)}  ${takeDown(state, crash, death)}`);
      if (crash.wipesBus) await bench.bus.flushall();
    },

    /** A last life without a failpoint, until everything has its end. */
    async end(): Promise<void> {
      if (state.isOver) return;
      state.life = bench.begin();
      if (!(await back(state, state.life))) {
        faults.push(`the last life ended: ${(await state.life.gone).how}`);
      }
      if (state.halted) await lift(state);
      await bench.trades.stop();
      await untilQuiet(bench);
      await state.life.stop();
      rememberSigned(state);
    },

    async kill(): Promise<void> {
      state.isOver = true;
      await state.life?.kill();
    },
  };
}

const hasName = ({ point }: Crash): boolean => point !== 'any-moment' && point !== 'while-halted';

async function dieAsPlanned(state: State, crash: Crash, life: ExecutorLife): Promise<Death> {
  const { faults } = state;
  const { point, nth } = crash;
  const provoked = provoke(state, crash, life).catch(async (error: unknown) => {
    // What the death has cut short throws, as it should: a socket may tell of it before the system does.
    const isGone = life.gone.then(() => true);
    const wasCut = await Promise.race([isGone, pause(DEATH_TOLD_WITHIN_MS, false)]);
    if (!wasCut) faults.push(`${point}:${nth}: ${String(error)}`);
  });
  const late = new AbortController();
  const inTime = await Promise.race([
    life.gone,
    pause(REACHED_WITHIN_MS, undefined, { signal: late.signal }),
  ]);
  late.abort();
  if (!inTime) faults.push(`${point}:${nth} was not reached`);
  const death = inTime ?? (await life.kill());
  const how = death.words?.failpoint ?? death.how;
  if (inTime && how !== (hasName(crash) ? point : 'SIGKILL')) {
    faults.push(`${point}:${nth} ended with ${how}`);
  }
  await provoked;
  return death;
}

/** What leads to the death that is planned; some of it is cut short by it. */
async function provoke(state: State, crash: Crash, life: ExecutorLife): Promise<void> {
  if (crash.when === 'start' || !(await back(state, life))) return;
  if (crash.when === 'lift' || crash.when === 'halted') {
    if (!state.halted) await halt(state);
    if (crash.when === 'lift') return lift(state);
  } else if (state.halted) await lift(state);
  if (hasName(crash) && crash.when !== 'stop') return;
  await pause(crash.afterMs);
  if (crash.when === 'stop') await halt(state);
  else await life.kill();
}

/** Until it may trade, or would if it were not halted; false where it has died again before. */
async function back(state: State, life: ExecutorLife): Promise<boolean> {
  const { bench, rows, faults, lastDeath } = state;
  if (!(await life.ready)) return false;
  let isGone = false;
  void life.gone.then(() => (isGone = true));
  const ask = () => bench.status().catch(() => undefined); // Dead, or too busy to answer.
  const status = await until(
    'an executor that may trade',
    async () => {
      const answer = await ask();
      return isGone ? 'gone' : answer?.isFresh && answer;
    },
    BACK_WITHIN_MS,
  );
  if (status === 'gone') return false;
  const row = rows.at(-1);
  if (row && lastDeath) row.backMs = Date.now() - lastDeath.atMs;
  if (status.halted !== state.halted) {
    faults.push(`after ${row?.point}: halted is ${status.halted}, was ${state.halted}`);
  }
  return true;
}

async function halt(state: State): Promise<void> {
  state.stops += 1;
  await state.bench.halt(`stop-${state.stops}`);
  state.halted = true;
}

async function lift(state: State): Promise<void> {
  await untilQuiet(state.bench);
  state.lifting = true;
  await state.bench.resume();
  state.halted = false;
  state.lifting = false;
}

/** Looks at what the dead have left, and takes from it what a power loss takes. */
function takeDown(state: State, crash: Crash, death: Death): string {
  const { bench, rows, faults, random } = state;
  const { point, nth, powerLoss, wipesBus } = crash;
  const filed = rememberSigned(state);
  const lost = powerLoss ? losePower(bench.journal, powerLoss, random) : [];
  const last = readJournal(bench.journal).findLast(({ record }) =>
    ['halt', 'resume'].includes(record.kind),
  );
  // An unacknowledged stop may be in it, and an unacknowledged resume.
  const isLatched = last?.record.kind === 'halt';
  if (state.halted && !isLatched && !state.lifting) faults.push('an acknowledged halt is gone');
  state.halted = isLatched;
  state.lifting = false;
  for (const id of signedWhileHalted(filed)) faults.push(`${id} was signed after a halt`);
  state.lastDeath = death;
  rows.push({
    ...{ point, nth, powerLoss, wipesBus, permitId: death.words?.permitId, lost: lost.length },
    ...{ backMs: undefined, end: undefined },
  });
  const loss = powerLoss ? `, power loss (${powerLoss}) takes ${lost.length} signatures` : '';
  return `${point}:${nth}${loss}${wipesBus ? ', and the bus' : ''}`;
}

function rememberSigned({ bench, everSigned }: State): ReturnType<typeof readJournal> {
  const filed = readJournal(bench.journal);
  for (const { record } of filed) {
    if (record.kind === 'signed') everSigned.set(signatureOf(record), record.id);
  }
  return filed;
}
