import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { FeedArgs } from '../../domain/market/market-feed.ts';

export type StartOptions = {
  /** Undefined: chosen by what is there. */
  readonly feed: FeedArgs['kind'] | undefined;
  readonly files: readonly string[];
  readonly market: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly bars: number | undefined;
  readonly speed: FeedArgs['speed'];
  readonly seed: number | undefined;
  readonly fresh: boolean;
  readonly exit: boolean;
  readonly headless: boolean;
};

/** Market time against wall time: an hour of market a minute. */
const SPEED = 60;

/** Help was asked for, or the options cannot be understood. */
export class UsageError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'UsageError';
    this.exitCode = exitCode;
  }
}

type Flags = {
  readonly feed?: string;
  readonly file: readonly string[];
  readonly market?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bars?: number;
  readonly speed: FeedArgs['speed'];
  readonly seed?: number;
  readonly fresh?: boolean;
  readonly exit?: boolean;
  readonly headless?: boolean;
};

/** Throws `UsageError` with what to print; its exit code is 0 for `--help`, else 2. */
export function parseOptions(args: readonly string[]): StartOptions {
  let said = '';
  const command = describe().exitOverride();
  command.configureOutput({
    writeOut: (text) => (said += text),
    writeErr: (text) => (said += text),
  });
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(said.trimEnd() || error.message, error.exitCode === 0 ? 0 : 2);
  }
  return checked(command.opts<Flags>());
}

function describe(): Command {
  return new Command('npm start --')
    .description(
      'Trade on paper: every server, every process and a market feed, under one supervisor.',
    )
    .addOption(
      new Option('--feed <kind>', 'what the markets come from').choices([
        'replay',
        'synthetic',
        'live',
      ]),
    )
    .option(
      '--file <file>',
      'a recording to replay (repeatable): .csv or .csv.gz candles',
      collect,
      [],
    )
    .option('--market <id>', 'market of the one --file, such as SOL-USDC; synthetic: only this one')
    .option('--from <time>', 'first candle that is traded: an ISO date or milliseconds')
    .option('--to <time>', 'end of the part that is replayed, exclusive')
    .option('--bars <n>', 'how many bars (synthetic: 3000 unless said)', wholeNumber)
    .option('--speed <n>', 'market time against wall time: a number, or max', speed, SPEED)
    .option('--seed <n>', 'seed of everything random', wholeNumber)
    .option('--fresh', 'begin with empty state')
    .option('--exit', 'close, settle and reconcile when the feed has ended, print the summary, end')
    .option('--headless', 'plain log lines instead of the live table')
    .allowExcessArguments(false);
}

function checked(flags: Flags): StartOptions {
  const { feed, file, market, from, to, bars, seed } = flags;
  if (feed === 'live') {
    throw new UsageError('--feed: got live, which is not built yet; wants replay or synthetic', 2);
  }
  if (feed === 'synthetic' && file.length > 0) {
    throw new UsageError('--file: goes with --feed replay, not with synthetic', 2);
  }
  if (feed === 'replay' && file.length === 0) {
    throw new UsageError('--feed replay: wants at least one --file to replay', 2);
  }
  return {
    // The choices above allow nothing else.
    feed: feed as FeedArgs['kind'] | undefined,
    files: file,
    market,
    from,
    to,
    bars,
    speed: flags.speed,
    seed,
    fresh: flags.fresh === true,
    exit: flags.exit === true,
    headless: flags.headless === true,
  };
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`Got ${text}, wants a whole number.`);
}

function speed(text: string): FeedArgs['speed'] {
  if (text === 'max') return text;
  const value = Number(text);
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError(`Got ${text}, wants a number above 0, or max.`);
}
