import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { createSigner } from '../../adapters/secrets/signer.ts';
import { openNodeDisk } from '../../hotpath/journal-disk.ts';
import { serveParent } from '../shared/child.ts';
import { LANES } from './names.ts';

/*
 * What no executor on this machine can be faster than: the read of a permit, one Ed25519 signature,
 * one write to the journal's file, one write to a warm TLS connection, report and XACK, all of the
 * size that they have. Nothing is authenticated, checked, quoted, patched or chained, and answers
 * are thrown away: it would lose money at the first fault. What the executor takes more is ours.
 */

const MESSAGE_BYTES = 440;
const RECORD_BYTES = 720;
const SEGMENT_BYTES = 16 * 1_024 * 1_024;
/** As many as the executor opens to an endpoint. */
const CONNECTIONS = 8;

const engine = new URL(process.env['BENCH_ENGINE_URL'] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'overmind-floor-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = openNodeDisk(folder).create('floor.log', SEGMENT_BYTES);
const signer = openSigner();
const message = randomBytes(MESSAGE_BYTES);
const wire = Buffer.alloc(1 + 64 + MESSAGE_BYTES, 1);
const signature = wire.subarray(1, 65);
const record = Buffer.alloc(RECORD_BYTES);
const { request, wireAt } = prepareRequest();
let nonce = 0;
let end = 0;

function openSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return createSigner(Buffer.concat([seed, publicBytes]));
}

function prepareRequest() {
  const before = '{"jsonrpc":"2.0","id":1,"method":"sendBundle","params":[["';
  const body = `${before}${wire.toString('base64')}"],{"encoding":"base64"}]}`;
  const head =
    `POST /api/v1/bundles HTTP/1.1\r\nHost: ${engine.host}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return { request: Buffer.from(head + body, 'latin1'), wireAt: head.length + before.length };
}

async function openSockets(): Promise<readonly TLSSocket[]> {
  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const port = Number(engine.port);
      const socket = connect({ host: engine.hostname, port, ALPNProtocols: ['http/1.1'] });
      socket.setNoDelay(true);
      socket.once('secureConnect', () => resolve(socket)).once('error', reject);
    });
  return Promise.all(Array.from({ length: CONNECTIONS }, open));
}

type RawEntry = readonly [id: string, pairs: readonly string[]];

const lane = LANES.floor;
const sockets = await openSockets();
const free = [...sockets];
let waiting: (() => void) | undefined;
for (const socket of sockets) {
  socket.on('data', () => {
    free.push(socket);
    waiting?.();
  });
}

function send(socket: TLSSocket): void {
  message.writeUInt32LE((nonce += 1), 0);
  signer.sign(message, signature);
  if (end + RECORD_BYTES > SEGMENT_BYTES) end = 0;
  end += file.write(record, RECORD_BYTES, end);
  request.write(wire.toString('base64'), wireAt, 'latin1');
  socket.write(request);
}

const untilFree = (): Promise<void> =>
  new Promise((resolve) => {
    waiting = resolve;
  });

async function execute(commands: Redis, entries: readonly RawEntry[], readNs: bigint) {
  const batch = commands.pipeline();
  for (const [, pairs] of entries) {
    let socket = free.pop();
    while (!socket) {
      await untilFree();
      socket = free.pop();
    }
    send(socket);
    const report = JSON.stringify({
      kind: 'submitted',
      signature: signature.toString('hex'),
      publishedNs: pairs[3],
      readNs: String(readNs),
      wireNs: String(process.hrtime.bigint()),
    });
    batch.xadd(lane.reports, 'MAXLEN', '~', 10_000, '*', 'r', report);
  }
  const ids = entries.map(([id]) => id);
  batch.xack(lane.permits, lane.group, ...ids);
  void batch.exec();
}

const url = process.env['BENCH_BUS_URL'] ?? '';
const reading = new Redis(url, { protocol: 2 });
const commands = new Redis(url, { protocol: 2 });
await commands.xgroup('CREATE', lane.permits, lane.group, '0', 'MKSTREAM');
serveParent(() => undefined);
const args = ['COUNT', 64, 'BLOCK', 500, 'STREAMS', lane.permits, '>'] as const;
for (;;) {
  const reply = await reading.xreadgroup('GROUP', lane.group, 'floor', ...args);
  const readNs = process.hrtime.bigint();
  const [stream] = (reply ?? []) as [string, RawEntry[]][]; // The shape of its RESP2 reply.
  if (stream) await execute(commands, stream[1], readNs);
}
