import { z } from 'zod';
import type { SocketClient } from '../../adapters/socket-rpc/client.ts';
import type { RefusalReason } from '../../domain/execution/execution-report.ts';
import type { ExecutorMemory } from '../../domain/settlement/executor-memory.ts';
import { OvermindError } from '../../domain/shared/errors.ts';

const METHOD = 'whatBecameOf';
/** It answers within a turn of its loop, or it has other worries. */
const ANSWER_WITHIN_MS = 250;

const answerSchema = z.discriminatedUnion('known', [
  z.object({ known: z.literal(false) }),
  z.object({
    known: z.literal(true),
    kind: z.enum(['submitted', 'refused', 'uncertain']),
    reason: z.custom<RefusalReason>((value) => typeof value === 'string').optional(),
    signature: z.string().min(1).optional(),
    lastValidHeight: z.number().int().min(0).optional(),
  }),
]);

/** The executor's control socket, asked about permits whose report is late. */
export function createExecutorMemory(
  socket: Pick<SocketClient, 'call'>,
  nowMs: () => number,
): ExecutorMemory {
  return {
    async whatBecameOf({ id, executorEpoch }) {
      const answer = await ask(socket, id);
      if (!answer?.known) return undefined;
      const { kind, reason, signature, lastValidHeight } = answer;
      return {
        permitId: id,
        kind,
        executorEpoch,
        ...(reason === undefined ? {} : { reason }),
        ...(signature === undefined ? {} : { signature }),
        ...(lastValidHeight === undefined ? {} : { lastValidHeight }),
        reportedAtMs: nowMs(),
      };
    },
  };
}

async function ask(socket: Pick<SocketClient, 'call'>, permitId: string) {
  const raw = await socket.call<unknown>(METHOD, { permitId }, ANSWER_WITHIN_MS).catch(asSilence);
  if (raw === undefined) return undefined;
  const parsed = answerSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fault = `unreadable answer: ${z.prettifyError(parsed.error)}`;
  throw new OvermindError('socket/refused', { method: METHOD, fault });
}

/** An executor that is away remembers nothing; the chain will tell. */
function asSilence(error: unknown): undefined {
  if (error instanceof OvermindError && error.code.startsWith('socket/')) return undefined;
  throw error;
}
