import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export type ServerUser = { readonly uid: number; readonly gid: number };

/** Postgres refuses to run as root; then it runs as `nobody`, whose uid must be in passwd. */
export function postgresUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = (line ?? '').split(':');
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

/**
 * The folder itself, or, when that user cannot reach it (below root's own 0700 home), a place of
 * the same name that it can.
 */
export function placeFor(folder: string, user: ServerUser | undefined): string {
  if (user === undefined || canReach(folder)) return folder;
  const key = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12);
  const place = join('/var/tmp', `overmind-${key}`);
  mkdirSync(place, { recursive: true, mode: 0o755 });
  return place;
}

/** A stranger reaches a folder when everyone may pass through it and all above it. */
function canReach(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (let at = resolve(folder); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

export function giveTo(user: ServerUser | undefined, ...paths: readonly string[]): void {
  if (user === undefined) return;
  for (const path of paths) chownSync(path, user.uid, user.gid);
}
