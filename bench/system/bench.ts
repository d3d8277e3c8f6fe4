/** What was asked for in so many words; missing it fails the bench. Goals beyond it are only shown. */
export type Gate = { readonly asked: string; readonly passed: boolean };

export type Row = {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly baseline: string;
  readonly ratio: string;
  /** Undefined: no goal is set. */
  readonly met: boolean | undefined;
  readonly gate?: Gate;
};

export type BenchOptions = {
  /** Fewer samples, for a look: figures of a quick run are no result. */
  readonly quick: boolean;
  readonly rounds: number;
  readonly say: (text: string) => void;
};

/** Starts what it needs and stops it again, also when it fails. */
export type Bench = (options: BenchOptions) => Promise<readonly Row[]>;

/** Rounds one after the other, ours and the baseline's turns of each beside each other: ABAB. */
export async function inRounds(
  { rounds, say }: BenchOptions,
  round: (number: number) => Promise<void>,
): Promise<void> {
  for (let number = 1; number <= rounds; number++) {
    say(`round ${number} of ${rounds}`);
    await round(number);
  }
}

/**
 * Ends in reverse order, whatever happened, a Ctrl-C too: servers would outlive this process. What
 * cannot be ended holds up nothing that can.
 */
export async function withStops<Result>(
  work: (onStop: (stop: () => unknown) => void) => Promise<Result>,
): Promise<Result> {
  const stops: (() => unknown)[] = [];
  let stopping: Promise<void> | undefined;
  // Once for both who ask: work that fails because it was interrupted must not end before its servers.
  const stopAll = (): Promise<void> => (stopping ??= endAll(stops));
  const interrupted = (): void => void stopAll().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work((stop) => stops.push(stop));
  } finally {
    await stopAll();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

/** One that comes while the others end is ended as well. */
async function endAll(stops: (() => unknown)[]): Promise<void> {
  for (let stop = stops.pop(); stop; stop = stops.pop()) {
    try {
      await stop();
    } catch (error) {
      console.error(error);
    }
  }
}
