import { describe, expect, it } from 'vitest';
import { createFaults } from '../../../simnet/faults.ts';
import { answer } from '../../../simnet/rpc/dispatch.ts';
import { invalidParams } from '../../../simnet/rpc-fault.ts';
import { createBlocks } from '../../../simnet/state/blocks.ts';

const methods = {
  echo: (params: readonly unknown[]) => params,
  refuse: () => {
    throw invalidParams('no');
  },
  crash: () => {
    throw new TypeError('a bug');
  },
};
const CALLER = { port: 1, refuses: () => false };
const ask = (body: unknown) =>
  answer(methods, typeof body === 'string' ? body : JSON.stringify(body), CALLER);
const call = (method: string, id: number, params?: unknown) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe('JSON-RPC', () => {
  it('answers one, a batch in order, and no notification', () => {
    expect(ask(call('echo', 1, [2]))).toEqual({ jsonrpc: '2.0', id: 1, result: [2] });
    expect(ask([call('echo', 1), call('refuse', 2), { method: 'ping' }])).toEqual([
      { jsonrpc: '2.0', id: 1, result: [] },
      { jsonrpc: '2.0', id: 2, error: { code: -32602, message: 'no' } },
    ]);
    expect(ask({ method: 'ping', params: null })).toBeUndefined();
  });

  it.each([
    ['{', -32700],
    ['[]', -32600],
    ['7', -32600],
    [call('toString', 1), -32601],
    [call('echo', 1, { not: 'a list' }), -32602],
    [{ id: 1 }, -32600],
  ])('refuses %j with %d', (body, code) => {
    expect(ask(body)).toMatchObject({ error: { code } });
  });

  it('does not pass a bug of its own for a refusal', () => {
    expect(() => ask(call('crash', 1))).toThrow(TypeError);
  });
});

describe('blockhashes', () => {
  it('live for 150 blocks and not one more', () => {
    const blocks = createBlocks(5_000);
    const { blockhash, height, lastValidHeight } = blocks.open(0);
    expect(lastValidHeight).toBe(height + 150);
    for (let i = 0; i < 150; i += 1) {
      expect(blocks.isAlive(blockhash)).toBe(true);
      blocks.open(0);
    }
    expect(blocks.current().height).toBe(lastValidHeight);
    expect(blocks.isAlive(blockhash)).toBe(true);
    blocks.open(0);
    expect(blocks.isAlive(blockhash)).toBe(false);
  });

  it('reach confirmed after 2 slots and finalized after 32', () => {
    const blocks = createBlocks(5_000);
    const { slot } = blocks.open(0);
    const reached: string[] = [];
    for (let i = 0; i <= 32; i += 1) {
      reached.push(blocks.commitmentOf(slot));
      blocks.open(0);
    }
    expect(reached.slice(0, 3)).toEqual(['processed', 'processed', 'confirmed']);
    expect(reached.slice(31, 33)).toEqual(['confirmed', 'finalized']);
  });
});

describe('a fault', () => {
  it('meets as many transactions as asked, every copy of them, and then no more', () => {
    const faults = createFaults(() => 0);
    faults.add({ kind: 'drop', count: 2 });
    const met = ['a', 'b', 'a', 'c'].map((id) => faults.meet(id, 1)?.kind);
    expect(met).toEqual(['drop', 'drop', 'drop', undefined]);
  });

  it('of one port leaves the other alone', () => {
    const faults = createFaults(() => 0);
    faults.add({ kind: 'delay', count: 1, port: 2, slots: 3 });
    expect(faults.meet('a', 1)).toBeUndefined();
    expect(faults.meet('a', 2)).toMatchObject({ kind: 'delay', slots: 3 });
  });
});
