import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectBlocking, connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { valueOf } from '../../../adapters/bus/stream-entry.ts';
import { readGroup, type StreamReader } from '../../../adapters/bus/stream-reader.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { startBus } from './running-bus.ts';

const bus = await startBus();
const stream = { key: 'test:lossy', maxLength: 1_000 };

describe('a wire that loses replies', () => {
  let proxy: TcpProxy;
  let direct: BusConnection;
  let lossy: BusConnection;
  const readers: StreamReader[] = [];

  beforeAll(async () => {
    proxy = await startTcpProxy(bus.url);
    direct = await connectBus(bus.url, { name: 'direct' });
    lossy = await connectBus(proxy.url, { name: 'lossy' });
  });
  beforeEach(() => direct.flushall());
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.stop()));
    await expect.poll(() => lossy.status).toBe('ready');
  });
  afterAll(async () => {
    lossy.disconnect();
    direct.disconnect();
    await proxy.stop();
    await bus.stop();
  });

  const entries = async () => (await direct.xrange(stream.key, '-', '+')).map(([id]) => id);

  it('makes an append unknown, and doing it again makes no second entry', async () => {
    const writer = createStreamWriter(lossy);
    proxy.loseNextReply();
    const lost = writer.appendOnce(stream, '7-0', { n: '1' });
    await expect(lost).rejects.toMatchObject({ code: 'bus/unreachable' });
    expect(await entries()).toEqual(['7-0']);
    await expect.poll(() => lossy.status).toBe('ready');
    expect(await writer.appendOnce(stream, '7-0', { n: '1' })).toBe('7-0');
    expect(await entries()).toEqual(['7-0']);
  });

  it('never sends by itself what may have arrived', async () => {
    const writer = createStreamWriter(lossy);
    proxy.loseNextReply();
    await expect(writer.append(stream, { n: '1' })).rejects.toMatchObject({
      code: 'bus/unreachable',
    });
    await expect.poll(() => lossy.status).toBe('ready');
    await lossy.ping(); // Whatever waited for the new connection would have gone before it.
    expect(await entries()).toHaveLength(1);
  });

  it('hands over what was taken by a read whose answer never came', async () => {
    const seen: string[] = [];
    const reader = readGroup({
      connection: await connectBlocking(proxy.url, { name: 'reader' }),
      stream: stream.key,
      group: 'readers',
      consumer: 'one',
      blockMs: 300,
      onEntry: (entry) => void seen.push(String(valueOf<number>(stream.key, entry, 'n'))),
    });
    readers.push(reader);
    const writer = createStreamWriter(direct);
    await writer.append(stream, { n: '1' });
    await expect.poll(() => seen).toEqual(['1']);
    proxy.loseNextReply(); // Of the read that waits now: the entry is taken, and nobody has it.
    await writer.append(stream, { n: '2' });
    await writer.append(stream, { n: '3' });
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['1', '2', '3']);
    await expect
      .poll(async () => ((await direct.xpending(stream.key, 'readers')) as [number])[0])
      .toBe(0);
  });

  it('delivers everything, in order, although it is cut again and again', async () => {
    const seen: number[] = [];
    readers.push(
      readGroup({
        connection: await connectBlocking(proxy.url, { name: 'reader' }),
        stream: stream.key,
        group: 'readers',
        consumer: 'one',
        blockMs: 100,
        onEntry: (entry) => void seen.push(valueOf<number>(stream.key, entry, 'n')),
      }),
    );
    const writer = createStreamWriter(direct);
    const COUNT = 200;
    for (let n = 0; n < COUNT; n += 1) {
      await writer.append(stream, { n: String(n) });
      if (n % 20 === 10) proxy.loseNextReply();
      if (n % 50 === 40) proxy.cutAll();
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expect.poll(() => new Set(seen).size, { timeout: 20_000 }).toBe(COUNT);
    // Delivered at least once: a copy may come, but never something older than what was finished.
    const firsts = [...new Set(seen)];
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  });
});
