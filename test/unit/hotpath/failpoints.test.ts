import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  FAILPOINTS,
  failpointsOf,
  type Failpoints,
  type LastWords,
} from '../../../hotpath/root/failpoints.ts';
import { createSeen } from '../../../hotpath/seen.ts';
import { permitFor } from '../../support/permits.ts';

const NOW = { wallMs: 0, monotonicMs: 0 };
const paper = (failpoint?: string) => ({ mode: 'paper' as const, failpoint });

function dying(failpoint: string): { readonly failpoints: Failpoints; readonly died: LastWords[] } {
  const died: LastWords[] = [];
  return { failpoints: failpointsOf(paper(failpoint), (words) => died.push(words)), died };
}

const unexpected = (): never => {
  throw new Error('nobody was to call this');
};

describe('failpoints', () => {
  it('leave every port the very object that it was, unless one is wanted', () => {
    const failpoints = failpointsOf(paper(), unexpected);
    const port = {};
    for (const around of Object.values(failpoints)) {
      expect((around as (given: object) => object)(port)).toBe(port);
    }
    expect(Object.keys(failpoints)).toHaveLength(10);
  });

  it.each(['after-lunch', 'after-sign:0', 'after-sign:x', 'after-sign:1:2', ''])(
    'refuse %j and say what there is',
    (text) => {
      expect(() => failpointsOf(paper(text), unexpected)).toThrow(
        new RegExp(`got .*${FAILPOINTS.join(', ')}`),
      );
    },
  );

  it.each(['shadow', 'live'] as const)('are refused in %s', (mode) => {
    const wanted = { mode, failpoint: 'after-sign:1' };
    expect(() => failpointsOf(wanted, unexpected)).toThrow(/outside of paper/);
    expect(failpointsOf({ mode, failpoint: undefined }, unexpected)).toBeDefined();
  });

  it('are met at the passing that was asked for, once, and name the permit', () => {
    const { failpoints, died } = dying('after-seen:2');
    const seen = failpoints.seen(createSeen());
    const permits = [1, 2, 3].map((n) => permitFor({ id: `permit-${n}` }));
    for (const permit of permits) expect(seen.admit(permit, NOW)).toBe('new');
    expect(died).toEqual([{ failpoint: 'after-seen', nth: 2, permitId: 'permit-2' }]);
    expect(seen.size).toBe(3);
  });

  it('count a copy of a permit as no passing', () => {
    const { failpoints, died } = dying('after-seen:2');
    const seen = failpoints.seen(createSeen());
    for (let n = 0; n < 3; n += 1) seen.admit(permitFor(), NOW);
    expect(died).toEqual([]);
  });
});

describe('the failpoint between two sends', () => {
  let server: Server;
  const sockets: Socket[] = [];
  const received: string[] = [];

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('is met when the first connection has the bytes and the second has not', async () => {
    server = createServer((socket) => socket.on('data', (bytes) => received.push(String(bytes))));
    server.listen(0);
    const { port } = server.address() as AddressInfo;
    for (let n = 0; n < 3; n += 1) sockets.push(connect(port));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));

    const written: number[] = [];
    const died: LastWords[] = [];
    const failpoints = failpointsOf(paper('between-sends:1'), (words) => {
      written.push(...sockets.map(({ bytesWritten }) => bytesWritten));
      died.push(words);
    });
    const sender = failpoints.sender({
      blockedBy: () => undefined,
      send(_route, wire) {
        for (const socket of sockets) socket.write(wire);
        return sockets.length;
      },
    });
    expect(sender.send('fast', Buffer.from('wire'))).toBe(3);
    expect(died).toHaveLength(1);
    expect(written).toEqual([4, 0, 0]);
    await expect.poll(() => received.join('')).toBe('wire'.repeat(3));
  });
});
