import { ApplicationFailure } from '@temporalio/common';
import { OvermindError } from '../domain/shared/errors.ts';

/**
 * An operating error as Temporal understands it: its code is the failure's type, and only what is
 * worth another try is tried again. Anything else is a bug and keeps its own shape and stack.
 */
export function asActivityFailure(error: unknown): unknown {
  if (!(error instanceof OvermindError)) return error;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !error.retryable,
    details: [error.context],
    cause: error,
  });
}
