import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from './own-process.ts';

export type RunningBrain = {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it has logged, one JSON object a line. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
  /** SIGKILL and wait. */
  readonly kill: () => Promise<void>;
};

export type BrainEnvironment = {
  readonly OVERMIND_HOME: string;
  readonly OVERMIND_RUN_ID: string;
  readonly DATABASE_URL: string;
  readonly DRAGONFLY_URL: string;
  readonly CHROMA_URL?: string;
  readonly TEMPORAL_ADDRESS?: string;
  readonly OVERMIND_AI_MODE?: string;
  readonly OVERMIND_LLM_URL?: string;
  /** Any free one unless given. */
  readonly OVERMIND_BRAIN_PORT?: string;
};

const MAIN = fileURLToPath(new URL('../../workers/brain/main.ts', import.meta.url));

/** The real brain, as the supervisor starts it; resolves when it says that it is ready. */
export async function startBrain(env: BrainEnvironment): Promise<RunningBrain> {
  const port = Number(env.OVERMIND_BRAIN_PORT ?? (await freePort()));
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, CHROMA_URL: '', ...env, OVERMIND_BRAIN_PORT: String(port) },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`brain ended with ${code}:\n${output}`)));
    child.on('message', (message: { kind?: string }) => {
      if (message.kind !== 'ready') return;
      resolve({ child, port, output: () => output, stop: end('SIGTERM'), kill: end('SIGKILL') });
    });
  });
}
