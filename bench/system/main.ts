import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Row } from './bench.ts';
import { writeMarked } from '../../test/support/marked-block.ts';
import { machineText, tableOf } from './table.ts';

/** Loaded when its turn comes: what one bench needs is no memory of another's. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  approval: async () => (await import('./approval/bench.ts')).approvalBench,
  tick: async () => (await import('./tick/bench.ts')).tickBench,
  ingest: async () => (await import('./ingest/bench.ts')).ingestBench,
  'open-trades': async () => (await import('./open-trades/bench.ts')).openTradesBench,
  api: async () => (await import('./api/bench.ts')).apiBench,
  brain: async () => (await import('../brain/bench.ts')).brainBench,
  stop: async () => (await import('./stop/bench.ts')).stopBench,
};
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'performance.md');
const USAGE = `usage: bench/system/main.ts [--quick | --full] [--write] [${Object.keys(BENCHES).join('|')}]…`;

/** `npm run bench:<name> [-- --quick]`; `npm run bench [-- --full] [-- --write]` runs all of them. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      write: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    console.error(`no bench ${unknown.join(', ')}\n${USAGE}`);
    return 2;
  }
  const quick = values.quick === true && values.full !== true; // `npm run bench` says quick itself.
  const wanted = Object.entries(BENCHES).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const rows: Row[] = [];
  for (const [name, load] of wanted) {
    const say = (text: string): void => console.error(`${name}: ${text}`);
    const run = await load();
    rows.push(...(await run({ quick, rounds: quick ? 1 : 3, say })));
  }
  const text = `${machineText(quick)}\n\n${tableOf(rows)}`;
  console.log(text);
  if (values.write) await writeMarked(PAGE, 'system', text);
  const missed = rows.filter(({ gate }) => gate?.passed === false);
  for (const { what, gate } of missed) console.error(`missed: ${what}: ${gate?.asked}`);
  return missed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
