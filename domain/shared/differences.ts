/** Where two JSON values differ. */
export type Difference = {
  /** Such as `signal.amountIn` or `reasons.2`; empty for the values themselves. */
  readonly path: string;
  /** Undefined: not there. */
  readonly was: unknown;
  readonly is: unknown;
};

/** Every leaf that differs, in the order of the first value's keys. */
export function differencesOf(was: unknown, is: unknown, path = ''): readonly Difference[] {
  if (Object.is(was, is)) return [];
  if (!isContainer(was) || !isContainer(is) || Array.isArray(was) !== Array.isArray(is)) {
    return [{ path, was, is }];
  }
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].flatMap((key) =>
    differencesOf(was[key], is[key], path === '' ? key : `${path}.${key}`),
  );
}

const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
