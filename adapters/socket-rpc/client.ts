import { connect, type Socket } from 'node:net';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { SocketAddress } from './server.ts';

export type SocketClient = {
  /** Rejects with `socket/unreachable`, `socket/timeout` or `socket/refused`. Never re-sends. */
  call<Result>(method: string, params: unknown, timeoutMs: number): Promise<Result>;
  close(): void;
};

type Waiting = {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
};

/** One warm connection, opened at the first call and again at the next call after it was lost. */
export function createSocketClient(address: SocketAddress): SocketClient {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  const waiting = new Map<number, Waiting>();
  let socket: Socket | undefined;
  let nextId = 1;
  let buffered = '';

  const failAll = (fault: string): void => {
    const error = new OvermindError('socket/unreachable', { address: where, fault });
    for (const [id, { reject, timer }] of waiting) {
      clearTimeout(timer);
      waiting.delete(id);
      reject(error);
    }
  };

  const open = (): Socket => {
    buffered = '';
    const opened = 'path' in address ? connect(address.path) : connect(address.port, address.host);
    opened.setNoDelay(true);
    opened.setEncoding('utf8');
    opened.on('data', (chunk: string) => {
      buffered += chunk;
      for (let end = buffered.indexOf('\n'); end >= 0; end = buffered.indexOf('\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 1);
        settle(line);
      }
    });
    const lost = (fault: string): void => {
      if (socket !== opened) return;
      socket = undefined;
      opened.destroy();
      failAll(fault);
    };
    opened.on('error', (error) => lost(error.message));
    opened.on('close', () => lost('connection closed'));
    return opened;
  };

  const settle = (line: string): void => {
    // Both ends are ours and framed by line; a line that is no JSON is a bug and may crash.
    const reply = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const entry = waiting.get(reply.id);
    if (!entry) return; // It had timed out.
    waiting.delete(reply.id);
    clearTimeout(entry.timer);
    if (reply.error === undefined) entry.resolve(reply.result);
    else {
      entry.reject(
        new OvermindError('socket/refused', { method: entry.method, fault: reply.error }),
      );
    }
  };

  return {
    call<Result>(method: string, params: unknown, timeoutMs: number): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        socket ??= open();
        const id = nextId++;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new OvermindError('socket/timeout', { method, afterMs: timeoutMs }));
        }, timeoutMs);
        // The caller names the result type of its own protocol; both ends share one definition.
        waiting.set(id, { method, resolve: resolve as (value: unknown) => void, reject, timer });
        socket.write(`${JSON.stringify({ id, method, params })}\n`);
      });
    },
    close(): void {
      const open = socket;
      socket = undefined;
      open?.destroy();
      failAll('closed by us');
    },
  };
}
