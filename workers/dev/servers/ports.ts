import { createServer } from 'node:net';
import { reservePort } from './port-reservation.ts';
import type { ServerSetup } from './running-server.ts';

/** How far we look beyond a taken port before we let the system choose. */
const NEXT_PORTS_MAX = 100;
/** Handed out but perhaps not bound yet: two servers that start together must not get the same. */
const handedOut = new Set<number>();

/** The conventional port; when it is taken the next free one, and it is said. */
export async function choosePort(
  name: string,
  conventional: number,
  { ports, progress }: Pick<ServerSetup, 'ports' | 'progress'>,
): Promise<number> {
  if (ports === 'conventional') {
    for (let port = conventional; port < conventional + NEXT_PORTS_MAX; port += 1) {
      if (handedOut.has(port)) continue;
      handedOut.add(port); // Before the await, or a neighbour could be told the same.
      if (reservePort(port) && (await isFree(port))) {
        if (port !== conventional) progress(`port ${conventional} is taken: ${name} uses ${port}`);
        return port;
      }
      handedOut.delete(port);
    }
  }
  const port = await anyFreePort();
  handedOut.add(port);
  return port;
}

/** Those of a server that is taken over; else each its conventional one, or the next. */
export async function portsOf(
  server: string,
  wanted: readonly (readonly [name: string, conventional: number])[],
  setup: Pick<ServerSetup, 'ports' | 'progress' | 'earlier'>,
): Promise<readonly number[]> {
  const earlier = setup.earlier?.get(server)?.ports;
  if (earlier?.length === wanted.length) return earlier;
  const ports: number[] = [];
  for (const [name, conventional] of wanted)
    ports.push(await choosePort(name, conventional, setup));
  return ports;
}

/** Asked on all addresses: a server bound to 0.0.0.0 takes the loopback port as well. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('the system named no port'));
      });
    });
  });
}
