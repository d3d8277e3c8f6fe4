import { homedir } from 'node:os';
import { join } from 'node:path';

/** Downloads serve every home of this user. `OVERMIND_CACHE` moves them. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const moved = env['OVERMIND_CACHE'];
  if (moved !== undefined && moved !== '') return moved;
  const caches = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(caches, 'overmind');
}
