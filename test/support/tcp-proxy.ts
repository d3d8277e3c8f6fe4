import { connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  /** The server's address, with the proxy's port. */
  readonly url: string;
  /** The next bytes that the server answers with are thrown away, and the connection is cut. */
  readonly loseNextReply: () => void;
  /** Every connection is cut; new ones are taken. */
  readonly cutAll: () => void;
  readonly stop: () => Promise<void>;
};

/** A wire that can be cut at the worst moment: the command has arrived, the answer has not. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const clients = new Set<Socket>();
  let losing = false;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    clients.add(client);
    const end = (): void => {
      clients.delete(client);
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      if (!losing) return void client.write(bytes);
      losing = false;
      end();
    });
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target);
  url.port = typeof address === 'object' && address ? String(address.port) : '';
  const cutAll = (): void => {
    for (const client of clients) client.destroy();
  };
  return {
    url: url.href,
    loseNextReply: () => void (losing = true),
    cutAll,
    async stop() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
