import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with what `.env` in the folder adds to it; what is set already is stronger. */
export function withEnvFile(env: Environment, folder: string): Environment {
  const path = join(folder, '.env');
  if (!existsSync(path)) return env;
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  return { ...parseEnv(readFileSync(path, 'utf8')), ...Object.fromEntries(set) };
}
