import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTls } from '../../../adapters/secrets/require-tls.ts';
import {
  makeAuthority,
  makeCertificate,
  signedBy,
  type Certificate,
} from '../../support/certificate.ts';

const CLIENTS = ['rpc', 'subscriptions', 'sender', 'bus', 'ledger', 'model'] as const;
const SERVERS = ['good', 'old', 'self-signed', 'expired', 'of another host'] as const;
type Kind = (typeof SERVERS)[number];

const authority = makeAuthority();
const good = signedBy(authority, { host: 'localhost', days: 1 });
const CERTIFICATES: Readonly<Record<Kind, Certificate>> = {
  good,
  old: good,
  'self-signed': makeCertificate(),
  expired: signedBy(authority, { host: 'localhost', days: -1 }),
  'of another host': signedBy(authority, { host: 'elsewhere.example', days: 1 }),
};

/** What a server saw of its one client. */
type Seen = { hello: number; secure: number; bytes: number };
const seen = new Map<string, Seen>();
const servers: Server[] = [];
const folder = mkdtempSync(join(tmpdir(), 'overmind-tls-'));

/** Postgres' clients ask in plain text first whether they may begin. */
const ASKS_FOR_TLS = Buffer.from('0000000804d2162f', 'hex');

async function openServer(kind: Kind, name: string): Promise<number> {
  const { cert, key } = CERTIFICATES[kind];
  const maxVersion: SecureVersion = kind === 'old' ? 'TLSv1.2' : 'TLSv1.3';
  const record: Seen = { hello: 0, secure: 0, bytes: 0 };
  seen.set(name, record);
  const secure = createTlsServer({ cert, key, maxVersion }, (socket) => {
    record.secure += 1;
    socket.on('data', (chunk: Buffer) => (record.bytes += chunk.length));
    socket.on('error', () => socket.destroy());
  });
  secure.on('tlsClientError', () => undefined);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const hand = (): void => {
      record.hello += 1;
      secure.emit('connection', socket);
    };
    socket.once('data', (first: Buffer) => {
      socket.pause();
      if (first.equals(ASKS_FOR_TLS)) socket.write('S');
      else socket.unshift(first);
      hand();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const targets: string[] = [];
  for (const kind of SERVERS) {
    for (const client of CLIENTS) {
      targets.push(`${client}:${await openServer(kind, `${client} ${kind}`)}`);
    }
  }
  const trusted = join(folder, 'authority.pem');
  writeFileSync(trusted, authority.cert);
  const script = fileURLToPath(new URL('connect-clients.ts', import.meta.url));
  await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...targets], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
  });
}, 60_000);

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

describe('a connection outwards', () => {
  it.each(CLIENTS)('is made by the %s client to a server that proves who it is', (client) => {
    expect(seen.get(`${client} good`)?.secure).toBeGreaterThan(0);
  });

  const bad = SERVERS.filter((kind) => kind !== 'good');
  it.each(bad.flatMap((kind) => CLIENTS.map((client) => [client, kind] as const)))(
    'of the %s client gives nothing to a server that is %s',
    (client, kind) => {
      const { hello = 0, bytes } = seen.get(`${client} ${kind}`) ?? {};
      expect(hello).toBeGreaterThan(0);
      expect(bytes).toBe(0);
    },
  );

  it('is not made at all where certificates are not to be checked', () => {
    expect(() => requireTls({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(
      /NODE_TLS_REJECT_UNAUTHORIZED/,
    );
  });
});
