import { readFileSync } from 'node:fs';
import type { Environment } from './env-file.ts';

/**
 * `NAME_FILE` names a file whose text is the value of `NAME`: what is secret, or is known only once
 * the system is set up, need not stand in the environment of a container.
 */
export function withFiles(
  env: Environment,
  names: readonly string[],
): { readonly env: Environment; readonly faults: readonly string[] } {
  const read: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of names) {
    const path = env[`${name}_FILE`];
    if (path === undefined || path === '') continue;
    // Which of the two is meant, nobody can know.
    if (env[name] !== undefined && env[name] !== '')
      faults.push(`${name}: given twice, wants one of ${name} and ${name}_FILE`);
    else {
      const text = textOf(path);
      if (text === undefined) faults.push(`${name}_FILE: ${path} cannot be read or is empty`);
      else read[name] = text;
    }
  }
  return { env: { ...env, ...read }, faults };
}

/** Without the line's end that editors and `echo` add. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd() || undefined;
  } catch {
    return undefined;
  }
}
