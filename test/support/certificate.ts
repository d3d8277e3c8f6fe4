import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificate = { readonly cert: string; readonly key: string };

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate for `localhost` that lives a day and vouches for itself. */
export const makeCertificate = (): Certificate =>
  inFolder((folder) => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    openssl(
      ...['req', '-x509', ...NEW_KEY, '-days', '1', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    );
    return read({ cert, key });
  });

/** An authority of the test's own. */
export const makeAuthority = (): Certificate =>
  inFolder((folder) => {
    const [cert, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
    openssl(
      ...['req', '-x509', ...NEW_KEY, '-days', '1', '-subj', '/CN=authority of a test'],
      ...['-keyout', key, '-out', cert],
    );
    return read({ cert, key });
  });

/** What the authority says of a host; with negative days its word is over already. */
export const signedBy = (
  authority: Certificate,
  { host, days }: { readonly host: string; readonly days: number },
): Certificate =>
  inFolder((folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('ca.pem'), authority.cert);
    writeFileSync(at('ca.key'), authority.key);
    writeFileSync(at('names'), `subjectAltName=DNS:${host}`);
    const [cert, key] = [at('cert.pem'), at('key.pem')];
    openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${host}`, '-keyout', key, '-out', at('csr'));
    openssl(
      ...['x509', '-req', '-in', at('csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
      ...['-CAcreateserial', '-days', String(days), '-extfile', at('names'), '-out', cert],
    );
    return read({ cert, key });
  });

/** Node makes keys, not these. */
const openssl = (...args: readonly string[]): void =>
  void execFileSync('openssl', [...args], { stdio: 'pipe' });

const read = ({ cert, key }: Certificate): Certificate => ({
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(key, 'utf8'),
});

function inFolder(make: (folder: string) => Certificate): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'overmind-certificate-'));
  try {
    return make(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
