import { describe, expect, it } from 'vitest';
import type { LegEnd } from '../../../domain/market/feed.ts';
import type { RecordedReport } from '../../../domain/settlement/settlement-ledger.ts';
import { settlementFromWire, type Settlement } from '../../../domain/settlement/settlement.ts';
import { endOnce } from '../../../workers/trading/end-run.ts';
import { createExitForwarder } from '../../../workers/trading/forward-exits.ts';
import { sweepOnce } from '../../../workers/trading/outbox-sweeper.ts';
import { createReportBridge } from '../../../workers/trading/report-bridge.ts';
import { settleOnce } from '../../../workers/trading/settlement-watch.ts';
import { createTradeStarter } from '../../../workers/trading/start-trades.ts';
import type { TradeClient } from '../../../workers/trading/trade-client.ts';
import { loadMarkets } from '../../../config/markets.ts';
import {
  aCandidate,
  aLanding,
  aRefusedReport,
  aReport,
  aTrigger,
} from '../../support/trade-wires.ts';

const { signalId } = aCandidate();
const unexpected = (what: string) => (): never => {
  throw new Error(`${what} was not expected`);
};

/** Writes down what is told to whom, in order. */
function listeners(answer: 'delivered' | 'gone' = 'delivered') {
  const ends: LegEnd[] = [];
  const signals: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  const trades: Pick<TradeClient, 'signal'> = {
    async signal(trade, message, ...args) {
      expect(trade).toMatchObject({ market: 'SOL-USDC', signalId });
      signals.push({ name: message.name, args });
      return answer;
    },
  };
  const legEnds = { publish: async (end: LegEnd): Promise<void> => void ends.push(end) };
  return { ends, signals, trades, legEnds };
}

describe('the report bridge', () => {
  const recorded = (change: Partial<RecordedReport> = {}): RecordedReport => ({
    permitId: aReport('entry').permitId,
    signalId,
    market: 'SOL-USDC',
    leg: 'entry',
    status: 'submitted',
    changed: true,
    ...change,
  });

  it('tells the trade of a submission, and the watch that something is on its way', async () => {
    const { ends, signals, ...to } = listeners();
    let live = 0;
    const bridge = createReportBridge({
      ...to,
      recordReport: async () => recorded(),
      onLive: () => live++,
      onReported: () => undefined,
      onUnknown: unexpected('an unknown report'),
    });
    await bridge(aReport('entry'));
    expect(signals).toEqual([{ name: 'reportExecution', args: [aReport('entry')] }]);
    expect({ live, ends }).toEqual({ live: 1, ends: [] });
  });

  it('ends the leg of a refusal', async () => {
    const { ends, signals, ...to } = listeners('gone'); // Even where the trade has ended already.
    const bridge = createReportBridge({
      ...to,
      recordReport: async () => recorded({ status: 'refused' }),
      onLive: unexpected('a live permit'),
      onReported: () => undefined,
      onUnknown: unexpected('an unknown report'),
    });
    await bridge(aRefusedReport('entry', 'stale-chain'));
    expect(ends).toEqual([{ signalId, leg: 'entry', end: 'refused' }]);
    expect(signals).toHaveLength(1);
  });

  it('lets no refusal through that comes after a submission', async () => {
    const { ends, signals, ...to } = listeners();
    const bridge = createReportBridge({
      ...to,
      recordReport: async () => recorded({ status: 'submitted', changed: false }),
      onLive: unexpected('a live permit'),
      onReported: () => undefined,
      onUnknown: unexpected('an unknown report'),
    });
    await bridge(aRefusedReport('entry', 'expired'));
    expect({ ends, signals }).toEqual({ ends: [], signals: [] });
  });

  it('drops a report of a permit that is not ours, and says so', async () => {
    const { ends, signals, ...to } = listeners();
    const unknown: unknown[] = [];
    const bridge = createReportBridge({
      ...to,
      recordReport: async () => undefined,
      onLive: unexpected('a live permit'),
      onReported: () => undefined,
      onUnknown: (report) => void unknown.push(report),
    });
    await bridge(aReport('entry'));
    expect({ ends, signals }).toEqual({ ends: [], signals: [] });
    expect(unknown).toHaveLength(1);
  });

  it('fails, so that the report comes again, when the ledger is away', async () => {
    const { ends, signals, ...to } = listeners();
    const bridge = createReportBridge({
      ...to,
      recordReport: async () => Promise.reject(new Error('ledger away')),
      onLive: unexpected('a live permit'),
      onReported: () => undefined,
      onUnknown: unexpected('an unknown report'),
    });
    await expect(bridge(aReport('entry'))).rejects.toThrow('ledger away');
    expect({ ends, signals }).toEqual({ ends: [], signals: [] });
  });
});

describe('the settlement watch', () => {
  const landing: Settlement = settlementFromWire(aLanding('entry'));
  const live = [
    { permitId: landing.permitId, market: 'SOL-USDC' },
    { permitId: `${signalId}-other/entry/1`, market: 'SOL-USDC' },
  ];

  it('asks for all live permits at once and tells of those that are proven', async () => {
    const { ends, signals, ...to } = listeners();
    const asked: unknown[] = [];
    const count = await settleOnce({
      ...to,
      readLive: async () => live,
      settleAll: async (ids) => {
        asked.push(ids);
        return [landing];
      },
      onFault: unexpected('a fault'),
      onSettled: () => undefined,
    });
    expect(count).toBe(2);
    expect(asked).toEqual([live.map(({ permitId }) => permitId)]);
    expect(ends).toEqual([{ signalId, leg: 'entry', end: 'landed' }]);
    expect(signals).toEqual([{ name: 'reportSettlement', args: [aLanding('entry')] }]);
  });

  it('asks the chain nothing while nothing is live', async () => {
    const { ends, signals, ...to } = listeners();
    const count = await settleOnce({
      ...to,
      readLive: async () => [],
      settleAll: unexpected('a look at the chain'),
      onFault: unexpected('a fault'),
      onSettled: unexpected('a settlement'),
    });
    expect({ count, ends, signals }).toEqual({ count: 0, ends: [], signals: [] });
  });
});

describe('a candidate', () => {
  const sol = loadMarkets(['SOL-USDC'])[0];
  const starterOf = (how: 'eager' | 'queued' | 'exists') => {
    const order: string[] = [];
    const skipped: string[] = [];
    const { ends, legEnds } = listeners();
    const start = createTradeStarter({
      legEnds,
      trades: {
        async start(_candidate, setting) {
          expect(setting).toMatchObject({ mode: 'paper', base: { symbol: 'SOL', decimals: 9 } });
          order.push('start');
          return how;
        },
      },
      openTrade: async () => void order.push('row'),
      refreshClock: async () => void order.push('clock'),
      marketOf: (id) => (id === 'SOL-USDC' ? sol : undefined),
      mode: 'paper',
      extras: () => ({}),
      runId: 'r1',
      onStarted: (started) => void order.push(started),
      onSkipped: (why) => void skipped.push(why),
    });
    return { start, order, skipped, ends };
  };

  it('gets its row before its workflow', async () => {
    const { start, order, ends } = starterOf('eager');
    await start(aCandidate());
    expect(order).toEqual(['row', 'clock', 'start', 'eager']);
    expect(ends).toEqual([]);
  });

  it('that comes again ends its leg, and starts nothing', async () => {
    const { start, ends } = starterOf('exists');
    await start(aCandidate());
    expect(ends).toEqual([{ signalId, leg: 'entry', end: 'declined' }]);
  });

  it.each([
    ['of another run', aCandidate({ runId: 'r0' })],
    ['unknown market', aCandidate({ market: 'WIF-USDC' })],
  ])('%s is passed over', async (why, candidate) => {
    const { start, order, skipped, ends } = starterOf('eager');
    await start(candidate);
    expect({ order, skipped, ends }).toEqual({ order: [], skipped: [why], ends: [] });
  });
});

describe('an exit trigger', () => {
  it('goes to the trade that holds the position', async () => {
    const { ends, signals, ...to } = listeners();
    const forward = createExitForwarder({
      ...to,
      refreshClock: async () => undefined,
      onGone: unexpected('a trade that is gone'),
    });
    await forward(aTrigger());
    expect(signals).toEqual([{ name: 'requestExit', args: [aTrigger()] }]);
    expect(ends).toEqual([]);
  });

  it('lets the clock run on where no trade is left to close', async () => {
    const { ends, ...to } = listeners('gone');
    const gone: unknown[] = [];
    const forward = createExitForwarder({
      ...to,
      refreshClock: async () => undefined,
      onGone: (trigger) => void gone.push(trigger),
    });
    await forward(aTrigger());
    expect(gone).toEqual([aTrigger()]);
    expect(ends).toEqual([{ signalId, leg: 'exit', end: 'declined' }]);
  });
});

describe('the outbox sweeper', () => {
  it('publishes what has no report, under its own sequence', async () => {
    const published: unknown[] = [];
    await sweepOnce({
      readUnreported: async () => [{ sequence: '7', p: 'v1|…', m: 'ab' }],
      permits: { publish: async (row, wallet) => void published.push([row.sequence, wallet]) },
      wallet: 'wallet',
      holdsLock: async () => true,
      onFault: unexpected('a fault'),
    });
    expect(published).toEqual([['7', 'wallet']]);
  });

  it('leaves it to the worker that holds the lock', () =>
    sweepOnce({
      readUnreported: unexpected('a read'),
      permits: { publish: unexpected('a permit') },
      wallet: 'wallet',
      holdsLock: async () => false,
      onFault: unexpected('a fault'),
    }));
});

describe('the end of a run', () => {
  it('reaches the trades without a permit', async () => {
    const { signals, trades } = listeners();
    await endOnce({
      isEnding: async () => true,
      readWithoutPermit: async () => [{ market: 'SOL-USDC', signalId }],
      trades,
      onFault: unexpected('a fault'),
    });
    expect(signals).toEqual([{ name: 'endRun', args: [] }]);
  });

  it('is nobody’s business before it comes', () =>
    endOnce({
      isEnding: async () => false,
      readWithoutPermit: unexpected('a read'),
      trades: { signal: unexpected('a signal') },
      onFault: unexpected('a fault'),
    }));
});
