import { ChromaClient } from 'chromadb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  collectionName,
  createChromaMemory,
  type ChromaMemory,
  type MemoryCollection,
  type MemoryRecord,
} from '../../../adapters/memory/chroma-memory.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';

let servers: TestServers;
let memory: ChromaMemory;
let client: ChromaClient;

const states = (market: string): MemoryCollection => ({
  family: 'market',
  featureVersion: 'state_v1',
  market,
});
const aRecord = (n: number, over: Partial<MemoryRecord> = {}): MemoryRecord => ({
  id: `run/SOL-USDC@${n}`,
  vector: [n, 0, 0],
  metadata: { ts: n, price: '150.25', warmup: false },
  ...over,
});
// The tests read with a client of their own, by name, as another program would.
const collectionOf = (of: MemoryCollection) =>
  client.getCollection({ name: collectionName(of), embeddingFunction: null as never });

beforeAll(async () => {
  servers = await startTestServers({ chroma: true });
  memory = createChromaMemory(servers.chromaUrl);
  const { hostname, port } = new URL(servers.chromaUrl);
  client = new ChromaClient({ host: hostname, port: Number(port) });
});

afterAll(() => servers?.stop());

describe('Chroma memory', () => {
  it('names a collection after family, features and market, and keeps metadata', async () => {
    const collection = states('SOL-USDC');
    await memory.upsert(collection, [aRecord(1), aRecord(2)]);
    const found = await (await collectionOf(collection)).get({ include: ['metadatas'] });
    expect(collectionName(collection)).toBe('market.state_v1.SOL-USDC');
    expect(found.ids.toSorted()).toEqual(['run/SOL-USDC@1', 'run/SOL-USDC@2']);
    expect(found.metadatas).toContainEqual({ ts: 2, price: '150.25', warmup: false });
  });

  it('measures squared Euclidean distance', async () => {
    const collection = states('L2-USDC');
    await memory.upsert(collection, [aRecord(0), aRecord(3)]);
    const { distances, ids } = await (
      await collectionOf(collection)
    ).query({ queryEmbeddings: [[1, 0, 0]], nResults: 2, include: ['distances'] });
    expect(ids).toEqual([['run/SOL-USDC@0', 'run/SOL-USDC@3']]);
    expect(distances[0]?.map(Number)).toEqual([1, 4]);
  });

  it('writes a record twice without doubling it, and the later one counts', async () => {
    const collection = states('TWICE-USDC');
    await memory.upsert(collection, [aRecord(1)]);
    await memory.upsert(collection, [aRecord(1, { metadata: { ts: 9 } })]);
    const open = await collectionOf(collection);
    expect(await open.count()).toBe(1);
    const { metadatas } = await open.get({ include: ['metadatas'] });
    expect(metadatas[0]).toMatchObject({ ts: 9 });
  });

  it('adds an outcome to a record that is there, and makes none of its own', async () => {
    const collection = states('OUTCOME-USDC');
    await memory.upsert(collection, [aRecord(1), aRecord(2)]);
    const outcome = { outcomeBps: -13.207547169812628, resolvedMs: 99 };
    await memory.recordOutcomes(collection, [
      { id: aRecord(1).id, ...outcome },
      { id: 'nobody', ...outcome },
    ]);
    const found = await (
      await collectionOf(collection)
    ).get({ ids: [aRecord(1).id], include: ['metadatas'] });
    expect(found.metadatas[0]).toEqual({
      ...{ ts: 1, price: '150.25', warmup: false },
      ...{ outcomeBps: '-13.207547169812628', resolvedTs: 99, status: 'resolved' },
    });
    const read = await memory.read(collection, [aRecord(1).id, aRecord(2).id, 'nobody']);
    expect(read.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: aRecord(1).id, vector: [1, 0, 0], ...outcome, metadata: found.metadatas[0] },
      {
        ...{ id: aRecord(2).id, vector: [2, 0, 0], metadata: aRecord(2).metadata },
        ...{ outcomeBps: undefined, resolvedMs: undefined },
      },
    ]);
  });

  it('gives vectors back to the last bit of a number of four bytes', async () => {
    const collection = states('BITS-USDC');
    const vector = Array.from({ length: 64 }, (_, n) => Math.sin(n * 1e3) * 10 ** ((n % 9) - 4));
    await memory.upsert(collection, [aRecord(1, { vector })]);
    const [read] = await memory.read(collection, [aRecord(1).id]);
    expect(read?.vector).toEqual(vector.map(Math.fround));
  });

  it('keeps the reasoning of a decision as its document', async () => {
    const collection: MemoryCollection = { ...states('SOL-USDC'), family: 'decisions' };
    await memory.upsert(collection, [aRecord(1, { id: 'run-signal', document: 'It rose.' })]);
    const found = await (await collectionOf(collection)).get({ include: ['documents'] });
    expect(found).toMatchObject({ ids: ['run-signal'], documents: ['It rose.'] });
  });

  it('takes more records than the server takes in one batch', async () => {
    const collection = states('MANY-USDC');
    const many = Array.from({ length: 5_462 }, (_, n) => aRecord(n));
    await memory.upsert(collection, many);
    expect(await (await collectionOf(collection)).count()).toBe(5_462);
  });

  it('makes a collection again that was deleted under it', async () => {
    const collection = states('GONE-USDC');
    await memory.upsert(collection, [aRecord(1)]);
    await client.deleteCollection({ name: collectionName(collection) });
    await expect(memory.upsert(collection, [aRecord(2)])).rejects.toMatchObject({
      code: 'memory/unreachable',
    });
    await memory.upsert(collection, [aRecord(2)]);
    expect((await (await collectionOf(collection)).get()).ids).toEqual(['run/SOL-USDC@2']);
  });

  it('says that the memory is away, as something to try again', async () => {
    const nobody = createChromaMemory('http://127.0.0.1:9');
    const away = { code: 'memory/unreachable', retryable: true };
    await expect(nobody.ping()).rejects.toMatchObject(away);
    await expect(nobody.upsert(states('SOL-USDC'), [aRecord(1)])).rejects.toMatchObject(away);
    await expect(memory.ping()).resolves.toBeUndefined();
  });
});
