import { openFeed } from '../../adapters/market-data/open-feed.ts';
import { requireTls } from '../../adapters/secrets/require-tls.ts';
import { loadConfig, type Config } from '../../config/config.ts';
import { withEnvFile } from '../../config/env-file.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { chooseFeed } from './choose-feed.ts';
import { createDisplay } from './display.ts';
import { endEarlierStart, removeState, requireNoOther } from './earlier-start.ts';
import { describeFault } from './describe-fault.ts';
import { parseOptions, UsageError, type StartOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { runSystem } from './run-system.ts';

/** Set-up, the run, and the end of both. Answers with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const env = withEnvFile(process.env, process.cwd());
  requireTls(env);
  const config = loadConfig(env);
  requirePaper(config);
  const display = createDisplay(process.stdout, options.headless);
  const progress = createProgress(display.say);
  const { args: feedArgs, why } = chooseFeed(options, config.dataDir);
  progress.say(`feed: ${describeFeed(options, feedArgs)}${why === undefined ? '' : ` (${why})`}`);
  // The whole feed is checked before anything is started.
  const feed = await openFeed(feedArgs);
  requireNoOther(config.home);
  if (options.fresh) {
    await endEarlierStart(config.home);
    removeState(config.home);
  }
  return runSystem({ options, env, config, feed, feedArgs, display, progress, interruption });
}

function requirePaper({ mode }: Config): void {
  if (mode === 'paper') return;
  const faults = `SNIPER_TRADING_MODE: got "${mode}", which is not built yet; wants paper`;
  throw new OvermindError('config/invalid', { faults });
}

function describeFeed(
  { seed }: StartOptions,
  { kind, files, speed }: { kind: string; files?: readonly string[]; speed: number | 'max' },
): string {
  const what =
    kind === 'synthetic' ? `synthetic, seed ${seed ?? 1}` : `replay of ${(files ?? []).join(', ')}`;
  return `${what}, speed ${speed}`;
}

/** Ctrl-C, a stop from outside, or the end of whoever started us; all the same, and once. */
const interruption = new Promise<string>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => resolve(signal));
  }
  process.on('disconnect', () => resolve('the starting process is gone'));
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    const print = error.exitCode === 0 ? console.log : console.error;
    print(error.message);
    process.exitCode = error.exitCode;
  } else {
    console.error(describeFault(error));
    process.exitCode = 1;
  }
}
// Whatever still keeps the loop alive has been told to stop and was waited for.
process.exit();
