import { connect, createServer, type Socket } from 'node:net';
import { encodeBase58 } from '../../../domain/shared/base58.ts';

export type WireTap = {
  readonly url: string;
  /** Signatures of all transactions that have come this way, with how often each came. */
  readonly received: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
};

/** A signed transaction in base64: 200 letters are shorter than any, 1,644 are the longest. */
const TRANSACTION = /"([A-Za-z0-9+/]{200,1644}={0,2})"/g;
const KEPT_LETTERS = 4_096;

/** Lets everything pass, and sees each transaction that leaves the executor, landed or not. */
export async function startWireTap(target: string): Promise<WireTap> {
  const { hostname, port } = new URL(target);
  const received = new Map<string, number>();
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let text = '';
    client.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      text = text.replace(TRANSACTION, (_whole, base64: string) => {
        const signature = encodeBase58(Buffer.from(base64, 'base64').subarray(1, 65));
        received.set(signature, (received.get(signature) ?? 0) + 1);
        return '';
      });
      text = text.slice(-KEPT_LETTERS);
    });
    // What a process wrote before it died still arrives: the far end is closed, not cut.
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.end());
    upstream.on('error', () => client.destroy());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target);
  url.port = typeof address === 'object' && address ? String(address.port) : '';
  return {
    url: url.origin,
    received,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
