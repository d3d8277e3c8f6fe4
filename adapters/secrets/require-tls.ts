import tls from 'node:tls';
import { OvermindError } from '../../domain/shared/errors.ts';

/**
 * Before the first connection of a thread: TLS 1.3 or none, for every client that Node serves, and
 * nobody may have switched the check of certificates off. Each worker thread has its own setting.
 */
export function requireTls(env: Readonly<Record<string, string | undefined>>): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    const faults = `NODE_TLS_REJECT_UNAUTHORIZED: got "0", wants nothing: certificates are always checked; NODE_EXTRA_CA_CERTS names further ones`;
    throw new OvermindError('config/invalid', { faults });
  }
  tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
}
