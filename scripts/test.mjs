// `npm test`: installs what is missing, then every kind of test, from the quickest to the slowest.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensurePackages, requireNode, ROOT, run } from './install.mjs';

const STAGES = [
  { name: 'types', run: () => types() },
  ...['unit', 'replay', 'contract', 'integration', 'e2e', 'crash'].map((name) => ({
    name,
    run: () => vitest(name),
  })),
  { name: 'protocol', run: () => protocol() },
];

requireNode();
await ensurePackages();

const startedMs = Date.now();
const secondsSince = (ms) => `${((Date.now() - ms) / 1000).toFixed(1)} s`;
const scratch = mkdtempSync(join(tmpdir(), 'overmind-test-report-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const failures = [];
const lateOnce = [];
const lines = [];
try {
  for (const [index, stage] of STAGES.entries()) {
    const stageMs = Date.now();
    console.log(
      `\n── ${index + 1} of ${STAGES.length}: ${stage.name} (${secondsSince(startedMs)} so far)`,
    );
    const counts = await stage.run();
    for (const key of Object.keys(total)) total[key] += counts[key];
    lines.push(`${stage.name.padEnd(12)} ${countsOf(counts)} in ${secondsSince(stageMs)}`);
    console.log(lines.at(-1));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\n── all stages, ${secondsSince(startedMs)}`);
for (const line of lines) console.log(line);
for (const line of skipped) console.log(`skipped: ${line}`);
for (const line of lateOnce) console.log(`passed only when tried again: ${line}`);
for (const line of failures) console.log(`failed: ${line}`);
console.log(countsOf(total));
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function countsOf({ passed, failed, skipped: left }) {
  return `${passed} passed, ${failed} failed, ${left} skipped`;
}

/** What must compile, and, by `@ts-expect-error`, what must not. */
async function types() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const args of [['--noEmit'], ['--noEmit', '-p', 'domain']]) {
    const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', ...args]);
    if (code === 0) counts.passed += 1;
    else counts.failed += 1;
  }
  return counts;
}

/** The model of the permit protocol says itself what broke; it counts as one test. */
async function protocol() {
  const code = await run(process.execPath, ['--import', 'tsx', 'test/protocol/main.ts']);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function vitest(folder) {
  const at = join('test', folder);
  if (!hasTests(join(ROOT, at))) {
    skipped.push(`${at}: there is no test in it yet`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const report = join(scratch, `${folder}.json`);
  const secondTries = join(scratch, `${folder}.second-tries`);
  const code = await run(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      `${at}/`,
      '--reporter=default',
      '--reporter=json',
      '--reporter=./scripts/second-tries.mjs',
      `--outputFile.json=${report}`,
    ],
    { env: { ...process.env, OVERMIND_TEST_SECOND_TRIES: secondTries } },
  );
  if (existsSync(secondTries)) {
    lateOnce.push(...readFileSync(secondTries, 'utf8').trimEnd().split('\n'));
  }
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  return countReport(JSON.parse(readFileSync(report, 'utf8')), code);
}

function countReport(report, code) {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: relative(ROOT, file.name) })),
  );
  const left = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  // Tests say in their own name or their describe's what they lack.
  for (const test of left) skipped.push(`${test.file}: ${test.fullName}`);
  const failed = tests.filter(({ status }) => status === 'failed');
  for (const { file, fullName, failureMessages } of failed)
    failures.push(`${file}: ${fullName}\n${String(failureMessages[0]).slice(0, 1_500)}`);
  // A file that does not load, or a fault outside a test, has no failed test to count.
  const outside = failed.length === 0 && code !== 0;
  if (outside)
    for (const { name, message } of report.testResults.filter(({ status }) => status === 'failed'))
      failures.push(`${relative(ROOT, name)}: ${message}`);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: outside ? 1 : failed.length,
    skipped: left.length,
  };
}

function hasTests(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true }).some((file) => file.endsWith('.test.ts'));
}
