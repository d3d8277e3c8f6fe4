import { Worker } from 'node:worker_threads';
import type { ChainView } from './chain-view.ts';
import type { FeederMessage, FeederStart } from './feeder/messages.ts';

export type StartFeederDeps = {
  readonly start: FeederStart;
  readonly chain: Pick<ChainView, 'apply'>;
  readonly onFault: (fault: string) => void;
  /** Without its feeder the executor is blind and has to end. */
  readonly onEnd: (error: Error) => void;
};

export type Feeder = { stop(): Promise<unknown> };

const ENTRY = import.meta.url.endsWith('.ts') ? './feeder/from-source.mjs' : './feeder/main.js';

/** Resolves with the first blockhash: without one every permit would be refused as stale. */
export async function startFeeder({
  start,
  chain,
  onFault,
  onEnd,
}: StartFeederDeps): Promise<Feeder> {
  const worker = new Worker(new URL(ENTRY, import.meta.url), { workerData: start });
  worker.on('error', onEnd);
  worker.on('exit', (code) => onEnd(new Error(`the feeder ended with code ${code}`)));
  await new Promise<void>((resolve) => {
    worker.on('message', (message: FeederMessage) => {
      if (message.kind === 'fault') {
        onFault(message.fault);
        return;
      }
      chain.apply(message, performance.now());
      if (message.kind === 'blockhash') resolve();
    });
  });
  return {
    stop() {
      worker.removeAllListeners('exit');
      return worker.terminate();
    },
  };
}
