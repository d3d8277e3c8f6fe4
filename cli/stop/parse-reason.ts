import { InvalidArgumentError } from 'commander';
import { readReason, REASON_WANTED } from '../../domain/control/reason.ts';

export function parseReason(text: string): string {
  const reason = readReason(text);
  if (reason === undefined) {
    throw new InvalidArgumentError(`Got ${text.length} characters, expected ${REASON_WANTED}.`);
  }
  return reason;
}
