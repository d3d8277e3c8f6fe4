import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { OvermindError } from '../../domain/shared/errors.ts';

/** gRPC codes that say "not now": cancelled, unknown, deadline, exhausted, aborted, internal, unavailable. */
const NOT_NOW: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);

/**
 * Whether a message is worth another try. Everything else would come again for ever and hold up
 * what is behind it, and each message has somebody who makes up for its loss: a candidate the next
 * one, a report the settlement watch, an exit the position watch.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof OvermindError) return error.retryable;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && NOT_NOW.has(cause.code);
}
