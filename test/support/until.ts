/** How often a condition is looked at: short against every wait, rare enough for two cores. */
const LOOK_EVERY_MS = 20;

/**
 * What `look` finds, once it finds something: undefined and false mean not yet. A text that is only
 * known at the end, such as a process's output, comes from a function.
 */
export async function until<Value>(
  what: string | (() => string),
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  limitMs = 40_000,
): Promise<Value> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) {
      throw new Error(`not seen in ${limitMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
