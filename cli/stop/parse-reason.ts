import { InvalidArgumentError } from 'commander';

/** What the executor's journal keeps of it. */
const REASON_LENGTH_MAX = 1_000;

export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason === '' || reason.length > REASON_LENGTH_MAX) {
    throw new InvalidArgumentError(
      `Got ${text.length} characters, expected 1 to ${REASON_LENGTH_MAX}.`,
    );
  }
  return reason;
}
