import { describeRuns, writeIntoDocument } from './describe-runs.ts';
import { failpointRun, type FailpointRun } from './failpoint-run.ts';

export type BatchOptions = {
  readonly crashes: number;
  readonly seed: number;
  readonly perRun: number;
  /** Into `docs/safety.md`. */
  readonly write: boolean;
};

/** As many runs as it takes, each with a system and a seed of its own; answers with the exit code. */
export async function runBatches(options: BatchOptions): Promise<number> {
  const { crashes, seed, perRun, write } = options;
  const startedMs = Date.now();
  const runs: FailpointRun[] = [];
  const done = (): number => runs.reduce((sum, { rows }) => sum + rows.length, 0);
  while (done() < crashes) {
    const ofRun = seed + runs.length;
    const wanted = Math.min(perRun, crashes - done());
    console.log(`run with seed ${ofRun}: ${wanted} deaths`);
    const run = await failpointRun({
      seed: ofRun,
      crashes: wanted,
      say: (line) => console.log(line),
    });
    runs.push(run);
    for (const fault of run.faults) {
      console.error(`FAULT seed ${ofRun}: ${fault}; see ${run.home}`);
    }
    for (const trouble of new Set(run.troubles)) console.log(`went on from: ${trouble}`);
  }
  const command = `npm run test:crash -- --failpoints ${crashes} --seed ${seed}`;
  const text = describeRuns(runs, { ms: Date.now() - startedMs, command });
  console.log(`\n${text}\n`);
  if (write) await writeIntoDocument(text);
  const faults = runs.flatMap((run) => run.faults);
  console.log(faults.length === 0 ? 'nothing lost, nothing doubled' : `${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
}
