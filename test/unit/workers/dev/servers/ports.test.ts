import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort } from '../../../../../workers/dev/servers/ports.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function listen(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      open.push(server);
      resolve((server.address() as { port: number }).port); // A TCP server's address has a port.
    });
  });
}

describe('choosePort', () => {
  it('takes the conventional port when it is free, and says nothing', async () => {
    const port = await listen(0, '127.0.0.1');
    await new Promise((resolve) => open.pop()?.close(resolve));
    const said: string[] = [];
    const setup = { ports: 'conventional', progress: (text: string) => said.push(text) } as const;
    expect(await choosePort('a', port, setup)).toBe(port);
    expect(said).toEqual([]);
  });

  it.each(['127.0.0.1', '0.0.0.0'])(
    'leaves a port taken on %s and says which it uses',
    async (host) => {
      const taken = await listen(0, host);
      const said: string[] = [];
      const setup = { ports: 'conventional', progress: (text: string) => said.push(text) } as const;
      const port = await choosePort('postgres', taken, setup);
      expect(port).toBeGreaterThan(taken);
      expect(said).toEqual([`port ${taken} is taken: postgres uses ${port}`]);
    },
  );

  it('never hands the same port to two servers that start together', async () => {
    const free = await listen(0, '127.0.0.1');
    await new Promise((resolve) => open.pop()?.close(resolve));
    const setup = { ports: 'conventional', progress: () => {} } as const;
    const [a, b] = await Promise.all([choosePort('a', free, setup), choosePort('b', free, setup)]);
    expect(a).not.toBe(b);
  });
});
