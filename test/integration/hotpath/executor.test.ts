import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createChainReader } from '../../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import { tipFor } from '../../../domain/execution/fees.ts';
import { tokenUnits } from '../../../domain/shared/units.ts';
import { SENDER_TIP_ACCOUNTS, TIP_ACCOUNTS } from '../../../simnet/addresses.ts';
import { until, useExecutorBench } from '../../support/executor-bench.ts';

const bench = useExecutorBench('SOL-USDC');
const { permit, publish, reports, reportOf, socket, start, untilFresh } = bench;

describe('executor on real servers', () => {
  it.each([
    ['fast', SENDER_TIP_ACCOUNTS],
    ['protected', TIP_ACCOUNTS],
  ] as const)('lands a permit by the %s route, which tips its own', async (route, tipped) => {
    const fields = permit(`lands-${route}`, { route });
    await publish(fields);
    const report = await reportOf(fields);
    expect(report).toMatchObject({ kind: 'submitted', executorEpoch: fields.executorEpoch });
    const landed = await until('status of the signature', async () => {
      type Statuses = { value: ({ err: unknown } | null)[] };
      const params = [[report.signature]];
      const { value } = await callRpc<Statuses>(bench.simnet.url, 'getSignatureStatuses', params);
      return value[0] ?? undefined;
    });
    expect(landed.err).toBeNull();
    const { payments } = await until('confirmed transaction', () => {
      const urls = [bench.simnet.url];
      const { wallet } = bench.secrets;
      const chain = createChainReader({ urls, commitment: 'confirmed', wallet });
      return chain.readTransaction(report.signature ?? '');
    });
    const amount = tipFor(fields.id, fields.tipMax);
    expect(payments).toEqual([{ to: expect.any(String), amount }]);
    expect(tipped).toContain(payments[0]?.to);
    expect(BigInt(report.wireNs ?? 0)).toBeGreaterThan(BigInt(report.readNs ?? 0));
    expect(BigInt(report.readNs ?? 0)).toBeGreaterThan(BigInt(report.publishedNs ?? 0));
  });

  it('is refused by none of its endpoints', async () => {
    type Metrics = {
      readonly stages: { readonly reply: { readonly count: number } };
      readonly counters: Readonly<Record<string, number>>;
    };
    const { counters } = await until('an answer of each endpoint', async () => {
      const metrics = await socket.call<Metrics>('metrics', {}, 1_000);
      // Of the fast permit: engine, Sender and two RPC origins. Of the protected one: the engine.
      return metrics.stages.reply.count === 5 ? metrics : undefined;
    });
    const odd = Object.entries(counters).filter(([name]) => /^send-(?!known)/.test(name));
    expect(odd).toEqual([]);
  });

  it('shows how long each part of a sent permit took', async () => {
    const fields = permit('measured');
    await publish(fields);
    const { publishedNs, readNs, wireNs } = await reportOf(fields);
    const executor = createExecutorClient(join(bench.secrets.home, 'run', 'executor.sock'));
    const { stages, counters } = await executor.metrics(1_000);
    executor.close();
    const sent = counters['submitted'];
    for (const part of ['delivery', 'authenticate', 'look', 'sign', 'journal', 'send']) {
      expect(stages[part]?.count).toBeGreaterThanOrEqual(sent ?? Infinity);
    }
    expect(stages['permitToWire']?.count).toBe(sent);
    const microsOf = (from = '0', to = '0'): number => Number(BigInt(to) - BigInt(from)) / 1_000;
    expect(stages['permitToWire']?.maxUs).toBeGreaterThan(microsOf(readNs, wireNs) - 1);
    expect(stages['delivery']?.maxUs).toBeGreaterThan(microsOf(publishedNs, readNs) - 1);
  });

  it('executes a repeated permit once and acknowledges every copy', async () => {
    const fields = permit('repeated');
    for (let copy = 0; copy < 5; copy++) await publish(fields);
    await reportOf(fields);
    const last = permit('after-repeated');
    await publish(last);
    await reportOf(last);
    const mine = (await reports()).filter(({ permitId }) => permitId === fields.id);
    expect(mine).toHaveLength(1);
    await until('all acknowledged', async () => {
      const key = `${STREAMS.permits.key}:${bench.secrets.wallet}`;
      const [count] = (await bench.bus.xpending(key, 'executor')) as [number];
      return count === 0 ? true : undefined;
    });
  });

  it.each([
    ['worse-price', { minAmountOut: tokenUnits(1_000_000_000_000n) }],
    ['expired', { validUntilMs: Date.now() - 1 }],
    ['expired', { validUntilHeight: 1 }],
    ['old-epoch', { haltEpoch: 7 }],
    ['over-cap', { amountIn: tokenUnits(500_000_001n) }],
  ] as const)('refuses with %s', async (reason, over) => {
    const fields = permit(`${reason}-${Object.keys(over)[0]}`, over);
    await publish(fields);
    expect(await reportOf(fields)).toMatchObject({ kind: 'refused', reason });
  });

  it('never reports an entry whose MAC is wrong', async () => {
    const fields = permit('forged');
    await publish(fields, '0'.repeat(64));
    const after = permit('after-forged');
    await publish(after);
    await reportOf(after);
    expect((await reports()).some(({ permitId }) => permitId === fields.id)).toBe(false);
  });

  it('says what became of a permit', async () => {
    const fields = permit('asked');
    await publish(fields);
    const { signature } = await reportOf(fields);
    const ask = (permitId: string) => socket.call('whatBecameOf', { permitId }, 1_000);
    expect(await ask(fields.id)).toMatchObject({ known: true, kind: 'submitted', signature });
    expect(await ask('unheard/entry/1')).toEqual({ known: false });
  });

  it('after a kill executes nothing of the old epoch and reports it as uncertain', async () => {
    const sent = permit('before-kill');
    await publish(sent);
    const first = await reportOf(sent);
    await bench.executor.kill();
    const unread = permit('unread-at-kill');
    await publish(unread);
    bench.executor = await start();
    await untilFresh();
    expect(Number(bench.executor.facts['executorEpoch'])).toBe(unread.executorEpoch + 1);
    expect(await reportOf(unread)).toMatchObject({ kind: 'uncertain' });
    const again = await until('uncertain report of what was signed', async () =>
      (await reports()).find(({ permitId, kind }) => permitId === sent.id && kind === 'uncertain'),
    );
    expect(again.signature).toBe(first.signature);
  });

  it('acknowledges a stop within its turn, refuses what follows, and stays halted', async () => {
    const fenced = await socket.call('stop', { stopId: 'stop-1', reason: 'test' }, 1_000);
    expect(fenced).toEqual({ fenced: true, haltEpoch: 1, stopId: 'stop-1' });
    expect(await socket.call('stop', { stopId: 'stop-1', reason: 'again' }, 1_000)).toEqual(fenced);
    const fields = permit('after-stop');
    await publish(fields);
    expect(await reportOf(fields)).toMatchObject({ kind: 'refused', reason: 'halted' });
    const row = await until('halt in Postgres', async () => {
      const { rows } = await bench.pool.query('select halted, halt_epoch, stop_id from control');
      return rows[0]?.halted ? rows[0] : undefined;
    });
    expect(row).toEqual({ halted: true, halt_epoch: '1', stop_id: 'stop-1' });
    await bench.executor.stop();
    bench.executor = await start();
    expect(bench.executor.facts).toMatchObject({ halted: true, haltEpoch: 1 });
  });
});
