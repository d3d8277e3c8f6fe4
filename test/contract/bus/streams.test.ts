import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectBlocking, connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { readJson, writeJson } from '../../../adapters/bus/json-keys.ts';
import { valueOf } from '../../../adapters/bus/stream-entry.ts';
import {
  readFrom,
  readGroup,
  type StreamEntry,
  type StreamReader,
} from '../../../adapters/bus/stream-reader.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { startBus } from './running-bus.ts';

const bus = await startBus();

describe('streams on a real Redis-protocol server', () => {
  const { url, kill, restart } = bus;
  let connection: BusConnection;
  const stops: (() => Promise<void>)[] = [];
  const stream = { key: 'test:stream', maxLength: 1_000 };

  beforeAll(async () => {
    connection = await connectBus(url, { name: 'test' });
  });
  afterAll(async () => {
    connection.disconnect();
    await bus.stop();
  });
  beforeEach(async () => {
    await connection.flushall();
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  const aGroupReader = async (
    onEntry: (entry: StreamEntry) => Promise<void> | void,
    consumer = 'one',
  ): Promise<StreamReader> => {
    const blocking = await connectBlocking(url, { name: `test ${consumer}` });
    const reader = readGroup({
      connection: blocking,
      stream: stream.key,
      group: 'readers',
      consumer,
      blockMs: 200,
      onEntry,
    });
    stops.push(() => reader.stop());
    return reader;
  };

  it('hands over what was appended before and after the group was made', async () => {
    const writer = createStreamWriter(connection);
    await writer.append(stream, { n: '1' });
    const seen: string[] = [];
    await aGroupReader((entry) => void seen.push(valueOf<string>(stream.key, entry, 'n') + ''));
    await writer.append(stream, { n: '2' });
    await expect.poll(() => seen).toEqual(['1', '2']);
    await expect
      .poll(() => connection.xpending(stream.key, 'readers'))
      .toEqual([0, null, null, null]);
  });

  it('delivers again what a handler rejected, and acknowledges it afterwards', async () => {
    let tries = 0;
    await aGroupReader(() => {
      tries += 1;
      if (tries === 1) throw new Error('not yet');
    });
    await createStreamWriter(connection).append(stream, { n: '1' });
    await expect.poll(() => tries).toBe(2);
    await expect
      .poll(() => connection.xpending(stream.key, 'readers'))
      .toEqual([0, null, null, null]);
  });

  it('handles at start what its consumer had taken in an earlier life', async () => {
    await createStreamWriter(connection).append(stream, { n: 'left' });
    await connection.xgroup('CREATE', stream.key, 'readers', '0');
    await connection.xreadgroup('GROUP', 'readers', 'one', 'STREAMS', stream.key, '>');
    const seen: string[] = [];
    await aGroupReader((entry) => void seen.push(entry.fields['n'] ?? ''));
    await expect.poll(() => seen).toEqual(['left']);
  });

  it('makes the group again at the beginning when it is deleted under a blocked read', async () => {
    const writer = createStreamWriter(connection);
    const seen: string[] = [];
    await aGroupReader((entry) => void seen.push(entry.fields['n'] ?? ''));
    await writer.append(stream, { n: '1' });
    await expect.poll(() => seen).toEqual(['1']);

    await connection.del(stream.key);
    await writer.append(stream, { n: '2' });
    await expect.poll(() => seen, { timeout: 3_000 }).toEqual(['1', '2']);

    await connection.xgroup('DESTROY', stream.key, 'readers');
    // From the beginning: what is still in the stream comes again, and nothing is lost.
    await expect.poll(() => seen, { timeout: 3_000 }).toEqual(['1', '2', '2']);
  });

  it('goes on after the server died and came back empty', async () => {
    const seen: string[] = [];
    await aGroupReader((entry) => void seen.push(entry.fields['n'] ?? ''));
    const writer = createStreamWriter(connection);
    await writer.append(stream, { n: '1' });
    await expect.poll(() => seen).toEqual(['1']);

    await kill();
    await expect(writer.append(stream, { n: 'lost' })).rejects.toMatchObject({
      code: 'bus/unreachable',
    });
    await restart();
    await expect
      .poll(() => writer.append(stream, { n: '2' }).catch(() => undefined), { timeout: 5_000 })
      .toBeDefined();
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['1', '2']);
  });

  it('reads plainly from an id, every entry once and in order', async () => {
    const writer = createStreamWriter(connection);
    await writer.appendAll(
      stream,
      Array.from({ length: 2_500 }, (_, n) => ({ n: String(n) })),
    );
    const seen: number[] = [];
    const reader = readFrom({
      connection: await connectBlocking(url, { name: 'plain' }),
      stream: stream.key,
      fromId: '0-0',
      count: 500,
      onEntry: (entry) => void seen.push(Number(entry.fields['n'])),
    });
    stops.push(() => reader.stop());
    // The bound is approximate: whole nodes of 100 entries are dropped, never more than asked.
    await expect.poll(() => seen.at(-1)).toBe(2_499);
    expect(seen.length).toBeGreaterThanOrEqual(1_000);
    expect(seen.length).toBeLessThanOrEqual(1_200);
    expect(seen).toEqual(seen.map((_, at) => (seen[0] ?? 0) + at));
  });

  it('skips what was there before when it begins at $', async () => {
    const writer = createStreamWriter(connection);
    await writer.append(stream, { n: 'old' });
    const seen: string[] = [];
    const reader = readFrom({
      connection: await connectBlocking(url, { name: 'plain' }),
      stream: stream.key,
      fromId: '$',
      blockMs: 100,
      onEntry: (entry) => void seen.push(entry.fields['n'] ?? ''),
    });
    stops.push(() => reader.stop());
    const started = reader.lastTurnMs();
    await expect.poll(() => reader.lastTurnMs()).toBeGreaterThan(started);
    await writer.append(stream, { n: 'new' });
    await expect.poll(() => seen).toEqual(['new']);
  });

  it('appends under a chosen id once, and above a higher id that was faster', async () => {
    const writer = createStreamWriter(connection);
    expect(await writer.appendOnce(stream, '7-0', { p: 'seven' })).toBe('7-0');
    expect(await writer.appendOnce(stream, '7-0', { p: 'seven' })).toBe('7-0');
    expect(await writer.appendOnce(stream, '5-0', { p: 'five' })).toBe('7-1');
    expect(await writer.appendOnce(stream, '8-0', { p: 'eight' })).toBe('8-0');
    const entries = await connection.xrange(stream.key, '-', '+');
    expect(entries.map(([id]) => id)).toEqual(['7-0', '7-1', '8-0']);
  });

  it('appends many under chosen ids once, copies and late ones among them', async () => {
    const writer = createStreamWriter(connection);
    const entry = (id: string, p: string) => ({ id, fields: { p } });
    const first = [entry('7-0', 'seven'), entry('9-0', 'nine')];
    expect(await writer.appendAllOnce(stream, first)).toEqual([true, true]);
    const second = [entry('9-0', 'nine'), entry('8-0', 'eight'), entry('12-0', 'twelve')];
    expect(await writer.appendAllOnce(stream, second)).toEqual([true, true, true]);
    const entries = await connection.xrange(stream.key, '-', '+');
    expect(entries.map(([, [, p]]) => p)).toEqual(['seven', 'nine', 'twelve', 'eight']);
  });

  it('says which of many were refused by the server', async () => {
    const writer = createStreamWriter(connection);
    const bad = { key: stream.key, maxLength: -1 };
    expect(await writer.appendAllOnce(bad, [{ id: '1-0', fields: { p: 'x' } }])).toEqual([false]);
    expect(await connection.xlen(stream.key)).toBe(0);
  });

  it('keeps JSON values, and names a key that holds none', async () => {
    await writeJson(connection, 'test:key', { rate: 60 });
    expect(await readJson(connection, 'test:key')).toEqual({ rate: 60 });
    expect(await readJson(connection, 'test:absent')).toBeUndefined();
    await connection.set('test:key', '{');
    await expect(readJson(connection, 'test:key')).rejects.toMatchObject({ code: 'bus/corrupt' });
  });
});

describe('a bus that is not there', () => {
  it('is named when connecting', async () => {
    await expect(connectBus('redis://127.0.0.1:1', { name: 'nobody' })).rejects.toMatchObject({
      code: 'bus/unreachable',
      context: { operation: 'connect nobody' },
    });
  });
});
