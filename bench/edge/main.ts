import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config/config.ts';
import { writeMarked } from '../../test/support/marked-block.ts';
import { decisionSettingsOf } from '../../workers/trading/settings.ts';
import { calibrationOf } from './calibration-figures.ts';
import { equityChart, reliabilityChart } from './charts.ts';
import { judgeControls, runControls, type ControlRun } from './controls.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { exampleOf } from './example.ts';
import { hearOpinions } from './opinions.ts';
import { readOptions } from './options.ts';
import { readRecordedMarket } from './recording.ts';
import { reportOf } from './report.ts';
import { INTERVAL_SEED } from './trade-figures.ts';

const document = (name: string): string =>
  fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

/** `npm run edge -- --file F…`: does the shipped policy earn more than it costs? */
async function main(args: readonly string[]): Promise<void> {
  const { files, bars, write, example } = readOptions(args);
  if (example) {
    const text = await exampleOf(files[0] ?? '', bars);
    console.log(text);
    if (write) await writeMarked(document('brain.md'), 'example', text);
    return;
  }
  // Of defaults alone: the reader's environment must not change the report.
  const config = loadConfig({});
  const terms = { settings: decisionSettingsOf(config), solUsdc: config.solUsdc };
  const evaluations: Evaluation[] = [];
  const controls: ControlRun[] = [];
  for (const file of files.toSorted()) {
    const recording = await readRecordedMarket(file, bars);
    const startedMs = performance.now();
    const analysed = hearOpinions(recording, terms.solUsdc);
    const heardMs = performance.now() - startedMs;
    sayRate(recording, heardMs);
    evaluations.push(evaluate(recording, analysed, terms));
    controls.push(runControls(recording, analysed, terms));
  }

  const report = reportOf(evaluations, judgeControls(controls, INTERVAL_SEED));
  console.log(report);
  if (!write) return;
  await writeMarked(document('edge.md'), 'edge', report);
  writeFileSync(document('edge-equity.svg'), equityChart(evaluations));
  const forecasts = evaluations.flatMap((one) => one.forecasts);
  writeFileSync(document('edge-reliability.svg'), reliabilityChart(calibrationOf(forecasts)));
}

/** On standard error: times differ from run to run, and the report must not. */
function sayRate(
  { name, readings, readMs }: Awaited<ReturnType<typeof readRecordedMarket>>,
  heardMs: number,
): void {
  const rate = (ms: number): string => Math.round((readings.length / ms) * 1_000).toString();
  console.error(
    `${name}: features and screens ${rate(readMs)} bars/s, ` +
      `with memory and opinions ${rate(readMs + heardMs)} bars/s`,
  );
}

await main(process.argv.slice(2));
