/** What scripts rely on; a number is never given another meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badUsage: 2,
  unreachable: 3,
  notFenced: 4,
  refusedByGuard: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
