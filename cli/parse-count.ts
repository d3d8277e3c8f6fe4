import { InvalidArgumentError } from 'commander';

/** A parser of a whole number option within its limits. */
export function countBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (count >= min && count <= max) return count;
    throw new InvalidArgumentError(
      `Got ${JSON.stringify(text)}, expected a whole number from ${min} to ${max}.`,
    );
  };
}
