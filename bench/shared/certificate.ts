import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export type Certificate = { readonly certFile: string; readonly keyFile: string };

/** A certificate for `localhost` that lives a day, made in `folder` for one run. */
export function makeCertificate(folder: string): Certificate {
  const certFile = join(folder, 'engine.crt');
  const keyFile = join(folder, 'engine.key');
  const args = [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', keyFile, '-out', certFile],
  ];
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`openssl is needed to make a certificate: ${error?.message ?? stderr}`);
  }
  return { certFile, keyFile };
}
