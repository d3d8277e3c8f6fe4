import { InvalidArgumentError } from 'commander';

/** An option's time in ms: an ISO date, UTC where it names no zone, or milliseconds. */
export function toMs(text: string): number {
  if (/^\d{10,15}$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(inUtc(text)) : NaN;
  if (Number.isFinite(ms)) return ms;
  const expected = 'expected a time: an ISO date or milliseconds';
  throw new InvalidArgumentError(`Got ${JSON.stringify(text)}, ${expected}.`);
}

/** `Date.parse` takes a day for UTC, but a time without a zone for the host's. */
const inUtc = (text: string): string => (/T[\d:.]+$/.test(text) ? `${text}Z` : text);
