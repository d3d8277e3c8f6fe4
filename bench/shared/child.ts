import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

export type Question = { readonly do: string } & Readonly<Record<string, unknown>>;

/** A process of a bench: it says when it is ready and answers one question at a time. */
export type BenchChild = {
  readonly pid: number;
  readonly facts: Readonly<Record<string, unknown>>;
  ask<Answer>(question: Question): Promise<Answer>;
  stop(): Promise<void>;
};

type FromChild =
  | { readonly kind: 'ready'; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'fault'; readonly fault: string };

export async function startChild(
  file: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchChild> {
  const child = fork(fileURLToPath(file), [], {
    execArgv: file.pathname.endsWith('.ts') ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let stopping = false;

  const next = (): Promise<FromChild> =>
    new Promise((resolve, reject) => {
      const early = (code: number | null): void => {
        if (!stopping) reject(new Error(`${file.pathname} ended with code ${code}`));
      };
      child.once('exit', early);
      child.once('message', (message) => {
        child.off('exit', early);
        resolve(message as FromChild); // Sent by `serveParent` below.
      });
    });

  const first = await next();
  if (first.kind !== 'ready') throw new Error(`${file.pathname} did not begin`);
  return {
    pid: child.pid ?? 0,
    facts: first.facts,
    async ask<Answer>(question: Question): Promise<Answer> {
      const answered = next();
      child.send(question);
      const message = await answered;
      if (message.kind === 'answer') return message.answer as Answer; // The caller knows its child.
      throw new Error(message.kind === 'fault' ? message.fault : `${file.pathname} began again`);
    },
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The child's side. A child never outlives the bench. */
export function serveParent(
  handle: (question: Question) => unknown,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: Question) => {
    Promise.resolve()
      .then(() => handle(question))
      .then(
        (answer) => process.send?.({ kind: 'answer', answer }),
        (error: unknown) => process.send?.({ kind: 'fault', fault: inspect(error) }),
      );
  });
  process.send?.({ kind: 'ready', facts });
}
