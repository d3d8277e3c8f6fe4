import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { openTradeRow } from '../../../adapters/ledger/trade-rows.ts';
import { createMarketBrain } from '../../../domain/learning/market-brain.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { until } from '../../support/until.ts';
import {
  untilWaiting,
  waitingTrades,
  type WaitingTrade,
  type WaitingTrades,
} from '../../support/waiting-trades.ts';
import { startApi, type RunningApi } from './running-api.ts';

let api: RunningApi;
let trades: WaitingTrades;
let alertToken: string;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  api = await startApi();
  stops.push(() => api.system.stop());
  const { temporalAddress } = api.system.servers;
  const connection = await connectNative(temporalAddress);
  stops.push(() => connection.close());
  const client = await connectTemporal(temporalAddress);
  stops.push(() => client.close());
  const bundlePath = await workflowBundleIn(api.system.home);
  trades = waitingTrades({ connection, client, bundlePath });
  alertToken = await api.makeToken('alertmanager', 'alert');
}, 180_000);

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
}, 60_000);

describe('/ai/analyze', () => {
  const HISTORY = 600;
  const ask = (market_data: object, timestamp: number) =>
    api.send('/ai/analyze', { market_data, context: { screen: 'breakout' }, timestamp });

  it('answers as the brain would a trade, and keeps nothing of it', async () => {
    const states = await syntheticStates(HISTORY);
    const last = states.at(-1)!;
    const { market, marketTimeMs } = last.event;
    await createStreamWriter(api.system.bus).appendAll(
      STREAMS.market,
      states.map((state) => ({ e: JSON.stringify(state) })),
    );
    const { status, body } = await until('the brain has heard of it', async () => {
      const reply = await ask({ market }, marketTimeMs);
      return reply.status === 200 && Number(reply.body['memory_size']) > 300 ? reply : undefined;
    });
    const pure = createMarketBrain(market);
    for (const state of states) pure.observe(state);
    const opinion = await until('all of it', async () => {
      const reply = await ask({ market }, marketTimeMs);
      const expected = pure.analyse(candidateOf(last));
      return reply.body['probability'] === expected.probability ? expected : undefined;
    });
    expect([status, body['confidence']]).toEqual([200, opinion.conviction]);
    expect(['BUY', 'SELL', 'HOLD']).toContain(body['decision']);
    expect(body['reasoning']).toContain(opinion.reasons[0]);

    const named = { market, price: last.event.close, features: last.features };
    expect((await ask(named, marketTimeMs)).body).toEqual(body);
    const short = await ask({ ...named, features: [1, 2, 3] }, marketTimeMs);
    expect([short.status, short.body['code']]).toEqual([422, 'not-analysable']);
  }, 60_000);
});

describe('an entry that waits', () => {
  const begin = (trade: WaitingTrade) =>
    openTradeRow(api.system.pool, trade.candidate, trade.workflowId).then(() =>
      untilWaiting(trade),
    );

  it(
    'is approved over the API once, and refused twice',
    () =>
      trades.run('over-api', {}, async (trade) => {
        await begin(trade);
        const order = { trade: 'over-api-1', operator: 'alice', reason: 'looks right' };
        const stranger = await api.send('/control/approve', { ...order, operator: 'mallory' });
        expect([stranger.status, stranger.body['code'], stranger.body['detail']]).toEqual([
          ...[409, 'approval-refused', 'no operator mallory is known to this trade'],
        ]);
        const { status, body } = await api.send('/control/approve', order);
        expect([status, body]).toEqual([
          200,
          { trade: trade.candidate.signalId, answer: 'approved', operator: 'alice' },
        ]);
        await trade.result();
        expect((await api.send('/control/reject', order)).status).toBe(409);
      }),
    60_000,
  );

  it(
    'is rejected by the command',
    () =>
      trades.run('by-command', {}, async (trade) => {
        await begin(trade);
        const args = ['reject', 'by-command-1', '--as', 'bob', '--reason', 'too large', '--json'];
        expect((await api.cli(...args)).json()).toEqual({
          ...{ trade: trade.candidate.signalId, answer: 'rejected', operator: 'bob' },
        });
        expect((await trade.result()).why).toContain('Rejected by bob (too large).');
        const again = await api.cli(...args);
        expect([again.code, again.stderr]).toEqual([
          5,
          expect.stringContaining('the trade is over'),
        ]);
      }),
    60_000,
  );
});

/** In this order: the last one stops the api.system. */
describe('control', () => {
  it('pauses one market or all, and lifts it again', async () => {
    const { body } = await api.send('/control/pause', { reason: 'looking', market: 'SOL-USDC' });
    expect(body).toEqual({ scope: 'SOL-USDC', reduce_only: true, changed: true });
    expect((await api.readState()).reduceOnly).toMatchObject([
      { scope: 'SOL-USDC', reason: 'looking' },
    ]);
    const lifted = await api.send('/control/resume', { reason: 'seen', market: 'SOL-USDC' });
    expect(lifted.body).toEqual({ scope: 'SOL-USDC', reduce_only: false, changed: true });
    expect((await api.readState()).reduceOnly).toEqual([]);
  });

  const alerts = (action: string, status = 'firing') => ({
    version: '4',
    receiver: 'overmind',
    status,
    alerts: [
      {
        status,
        labels: { alertname: 'DailyLossNear', action, severity: 'critical' },
        annotations: { summary: 'x' },
        startsAt: '2026-11-26T10:00:00.123Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://localhost/',
        fingerprint: '0123456789abcdef',
      },
    ],
  });
  const token = () => alertToken;

  it('pauses for an alert that asks for it, and for no other', async () => {
    const ignored = await api.send('/control/alert', alerts('look'), { token: token() });
    expect(ignored.body).toEqual({ done: 'none', alerts: [] });
    await api.send('/control/alert', alerts('stop', 'resolved'), { token: token() });
    expect(await api.readState()).toMatchObject({ halted: false, reduceOnly: [] });
    const paused = await api.send('/control/alert', alerts('pause'), { token: token() });
    expect(paused.body).toEqual({ done: 'pause', alerts: ['DailyLossNear'] });
    expect((await api.readState()).reduceOnly).toMatchObject([
      { scope: 'all', reason: 'alert DailyLossNear' },
    ]);
    await api.send('/control/resume', { reason: 'seen' });
  });

  it('stops for an alert once, however often AlertManager repeats it', async () => {
    const stopped = await api.send('/control/alert', alerts('stop'), { token: token() });
    expect([stopped.status, stopped.body]).toEqual([
      200,
      { done: 'stop', alerts: ['DailyLossNear'] },
    ]);
    expect(await api.readState()).toMatchObject({ halted: true, haltEpoch: 1 });
    await api.send('/control/alert', alerts('stop'), { token: token() });
    expect((await api.readState()).haltEpoch).toBe(1);
  });

  it('stops by every road, and lifts no halt', async () => {
    const { status, body } = await api.send('/control/stop', { reason: 'enough' });
    expect([status, body['fenced'], body['haltEpoch']]).toEqual([200, true, 2]);
    await until('the api knows', async () => {
      const resumed = await api.send('/control/resume', { reason: 'go on' });
      return resumed.status === 409 && resumed.body['code'] === 'halted' ? true : undefined;
    });
    expect(await api.readState()).toMatchObject({ halted: true, haltEpoch: 2 });
  });
});
