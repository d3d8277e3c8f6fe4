/**
 * Node's own flags of the executor. A young generation of 32 MiB from the start: at a thousand
 * permits a second it is collected once in some seconds instead of several times a second.
 */
export const EXECUTOR_FLAGS = ['--min-semi-space-size=32', '--max-semi-space-size=32'] as const;
