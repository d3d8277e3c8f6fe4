import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import pino, { type Logger } from 'pino';
import { requireTls } from '../adapters/secrets/require-tls.ts';
import { loadConfig, type Config } from '../config/config.ts';
import { startBeat } from './beat.ts';
import { persist } from './persist.ts';

export type ProcessContext = {
  readonly config: Config;
  readonly log: Logger;
  /** Runs at shutdown, last added first; each is awaited. */
  readonly onStop: (name: string, stop: () => unknown) => void;
  /** Tries again while what it needs is away; thrown out of by the end of the process. */
  readonly persist: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Tells the supervisor that this process does its job from now on. */
  readonly ready: (facts?: Readonly<Record<string, unknown>>) => void;
};

/** A process that has not closed by then is ended: nothing may be left running. */
const STOP_LIMIT_MS = 8_000;

/**
 * What every process of ours shares: configuration, log, ready message, orderly stop on SIGTERM,
 * SIGINT or when the supervisor's pipe closes. A fault in `main` or an unhandled rejection ends it.
 */
export async function runProcess(
  name: string,
  main: (context: ProcessContext) => Promise<void>,
): Promise<void> {
  requireTls(process.env);
  const config = loadConfig(process.env);
  const log = pino({ base: { process: name }, level: config.logLevel });
  mkdirSync(dirname(config.files.executorSocket), { recursive: true });
  const stops: { readonly name: string; readonly stop: () => unknown }[] = [];
  const ended = new AbortController();
  let stopping = false;

  const end = async (reason: string, code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    ended.abort();
    log.info({ reason }, 'process stopping');
    setTimeout(() => process.exit(code || 1), STOP_LIMIT_MS).unref();
    for (const { name: part, stop } of stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        log.warn({ part, err: error }, 'part did not stop cleanly');
      }
    }
    process.exit(code);
  };

  process.on('SIGTERM', () => void end('SIGTERM', 0));
  process.on('SIGINT', () => void end('SIGINT', 0));
  process.on('disconnect', () => void end('supervisor gone', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'process failed');
    void end('fault', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'process failed');
    void end('fault', 1);
  });

  const onFault = (error: unknown): void => log.warn({ err: error }, 'waiting for what is away');
  try {
    await main({
      config,
      log,
      onStop: (part, stop) => stops.push({ name: part, stop }),
      persist: (work) => persist(work, { signal: ended.signal, onFault }),
      ready: (facts = {}) => {
        const { beat } = config.files;
        if (beat !== undefined) {
          const end = startBeat(beat, (error) => log.warn({ err: error }, 'no beat written'));
          stops.push({ name: 'beat', stop: end });
        }
        log.info(facts, 'process ready');
        process.send?.({ kind: 'ready', process: name, ...facts });
      },
    });
  } catch (error) {
    log.fatal({ err: error }, 'process failed to start');
    process.send?.({ kind: 'failed', process: name, message: String(error) });
    await end('fault at start', 1);
  }
}
