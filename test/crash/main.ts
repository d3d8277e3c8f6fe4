// `npm run test:crash`: kills every process, alone and in pairs, while the system trades on paper,
// and shows that nothing was lost and nothing doubled. With --failpoints the executor alone dies, at
// every named point of its code, some of the times with what no disk had yet.
//   npm run test:crash -- [--crashes 240] [--seed 1] [--per-run 60]
//     [--every-ms 20000] [--lies] [--write]
//   npm run test:crash -- --failpoints 120 [--seed 1] [--per-run 60] [--write]
// `npm run soak`: the same in one long run with rare deaths, and says how much of the time it could trade.
//   npm run soak -- [--minutes 120] [--every-ms 300000] [--speed 120] [--seed 1] [--write]
import { parseArgs } from 'node:util';
import { describeAvailability } from './availability.ts';
import { crashRun, describeRow, removeHome, type CrashRow, type CrashRun } from './crash-run.ts';
import { runBatches } from './failpoints/run-batches.ts';
import { describeCrashes, writeCrashes, type CrashTable } from './describe-crashes.ts';
import { endsOf, faultsOf, type PermitEnds } from './faults-of.ts';

const { values } = parseArgs({
  options: {
    crashes: { type: 'string', default: '240' },
    seed: { type: 'string', default: '1' },
    'per-run': { type: 'string', default: '60' },
    'every-ms': { type: 'string' },
    minutes: { type: 'string' },
    speed: { type: 'string' },
    lies: { type: 'boolean', default: false },
    failpoints: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const everyMs = values['every-ms'] === undefined ? undefined : Number(values['every-ms']);
const soakMs = values.minutes === undefined ? undefined : Number(values.minutes) * 60_000;
const speed = values.speed === undefined ? undefined : Number(values.speed);
const inSoak = soakMs === undefined ? undefined : Math.ceil(soakMs / (everyMs ?? soakMs));
const crashes = inSoak ?? Number(values.crashes);
const perRun = inSoak ?? Number(values['per-run']);
const firstSeed = Number(values.seed);
const wanted = [crashes, perRun, firstSeed, everyMs ?? 1, speed ?? 1];
if (!wanted.every((one) => one > 0 && Number.isFinite(one))) {
  console.error(
    '--crashes, --seed, --per-run, --every-ms, --minutes and --speed want numbers above 0',
  );
  process.exit(2);
}

if (values.failpoints !== undefined) {
  const deaths = Number(values.failpoints);
  if (!Number.isSafeInteger(deaths) || deaths < 1) {
    console.error('--failpoints wants a whole number above 0');
    process.exit(2);
  }
  const { write } = values;
  process.exit(await runBatches({ crashes: deaths, seed: firstSeed, perRun, write }));
}

const rows: CrashRow[] = [];
const ends: PermitEnds[] = [];
const faults: string[] = [];
let last: CrashRun | undefined;
for (let seed = firstSeed; rows.length < crashes; seed += 1) {
  const inRun = Math.min(perRun, crashes - rows.length);
  console.log(`run with seed ${seed}: ${inRun} crashes`);
  console.log(`  #  ${'died'.padEnd(22)} ${'stage'.padEnd(12)}  back after  since start`);
  const run = await crashRun({
    seed,
    crashes: inRun,
    lies: values.lies,
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(speed === undefined ? {} : { speed }),
    say: (line) => console.log(line),
  });
  rows.push(...run.rows);
  const found = faultsOf(run.summary, run.exitCode);
  console.log(JSON.stringify(run.summary));
  ends.push(endsOf(run.summary));
  last = run;
  if (found.length === 0) removeHome(run);
  faults.push(...found.map((fault) => `seed ${seed}: ${fault}; see ${run.home}`));
  if (run.rows.length === 0 || soakMs !== undefined) break;
}

const table = describeCrashes({
  command: `npm run ${soakMs === undefined ? 'test:crash' : 'soak'} -- ${process.argv.slice(2).join(' ')}`,
  ...{ rows, ends, faults, memory: last?.memory ?? ['', ''] },
});
const text =
  soakMs === undefined || last === undefined
    ? table
    : `${describeAvailability(last.availability, rows.length)}\n\n${table}`;
console.log(`\n${text}`);
if (values.write) await writeCrashes(tableName(), text);
const slowest = rows.toSorted((a, b) => b.sinceStartMs - a.sinceStartMs).slice(0, 3);
console.log('slowest:');
for (const row of slowest) console.log(`     ${describeRow(row)}`);
for (const fault of faults) console.error(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'nothing lost, nothing doubled' : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

function tableName(): CrashTable {
  if (soakMs !== undefined) return 'soak';
  if (values.lies) return 'crashes-lies';
  return everyMs === undefined ? 'crashes' : 'crashes-paced';
}
