import { describe, expect, it } from 'vitest';
import type { ControlState } from '../../../adapters/ledger/read-control.ts';
import type { ExecutorStatus } from '../../../adapters/socket-rpc/executor-client.ts';
import { marketState, systemState, type StateView } from '../../../domain/control/system-state.ts';
import type { FeedState } from '../../../domain/market/feed.ts';

const MARKET_NOW_MS = Date.UTC(2025, 4, 4, 13, 0);

const control = (change: Partial<ControlState> = {}): StateView['control'] => ({
  ok: true,
  value: { executorEpoch: 1, haltEpoch: 0, halted: false, reduceOnly: [], leases: [], ...change },
});
const executor = (change: Partial<ExecutorStatus> = {}): StateView['executor'] => ({
  ok: true,
  value: {
    wallet: 'w',
    executorEpoch: 1,
    haltEpoch: 0,
    halted: false,
    haltReason: null,
    configHash: 'c',
    leaseEndsInMs: 2_800,
    headSlot: 10,
    height: 9,
    markets: { 'SOL-USDC': { fresh: true, slot: 10 } },
    counters: {},
    ...change,
  },
});
const feed = (change: Partial<FeedState> = {}): StateView['feed'] => ({
  ok: true,
  value: {
    run: 'r1',
    phase: 'running',
    warmedBars: 200,
    events: 1,
    candidates: 0,
    marketTimeMs: MARKET_NOW_MS,
    marketTimeEndMs: MARKET_NOW_MS,
    legsInFlight: 0,
    staleMarkets: [],
    ...change,
  },
});
const view = (change: Partial<StateView> = {}): StateView => ({
  control: control(),
  executor: executor(),
  feed: feed(),
  marketNowMs: MARKET_NOW_MS,
  ...change,
});
const away = { ok: false, fault: 'away' } as const;
const reduceOnly = (untilMs: number) =>
  control({ reduceOnlyUntilMarketMs: untilMs, reduceOnlyReason: 'daily-loss' });

describe('the state of the system', () => {
  it('is active while nothing speaks against it', () => {
    expect(systemState(view())).toEqual({ state: 'active', reasons: [] });
    expect(systemState(view({ feed: feed({ phase: 'ended' }) })).state).toBe('active');
  });

  it.each<[string, Partial<StateView>, RegExp]>([
    ['Postgres is away', { control: away }, /Postgres does not answer: away/],
    ['the bus is away', { feed: away }, /no feed state on the bus: away/],
    ['the executor is away', { executor: away }, /the executor does not answer: away/],
    ['the lease is out', { executor: executor({ leaseEndsInMs: 0 }) }, /lease has run out/],
    [
      'the chain is stale',
      { executor: executor({ markets: { 'SOL-USDC': { fresh: false, slot: 1 } } }) },
      /not fresh: SOL-USDC/,
    ],
    [
      'the feed is stale',
      { feed: feed({ phase: 'stale', staleMarkets: ['BONK-USDC'] }) },
      /stale: BONK-USDC/,
    ],
  ])('is suspended when %s', (_what, change, reason) => {
    const { state, reasons } = systemState(view(change));
    expect(state).toBe('suspended');
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });

  it('is reduce-only until the market day is over, and without a clock for good', () => {
    const before = view({ control: reduceOnly(MARKET_NOW_MS + 1) });
    expect(systemState(before)).toMatchObject({ state: 'reduce-only' });
    expect(systemState(before).reasons[0]).toMatch(/daily-loss/);
    const after = view({ control: reduceOnly(MARKET_NOW_MS) });
    expect(systemState(after).state).toBe('active');
    expect(systemState({ ...after, marketNowMs: undefined }).state).toBe('reduce-only');
  });

  it('is halted when either store says so, whatever else holds, and names every reason', () => {
    const halted = control({ halted: true, haltEpoch: 3, reason: 'operator' });
    const { state, reasons } = systemState(view({ control: halted, feed: away }));
    expect(state).toBe('halted');
    expect(reasons).toEqual(['halted at epoch 3: operator', 'no feed state on the bus: away']);
    const alone = view({ control: away, executor: executor({ halted: true, haltEpoch: 4 }) });
    expect(systemState(alone)).toMatchObject({ state: 'halted' });
    expect(systemState(alone).reasons[0]).toMatch(/epoch 4.*executor alone/);
  });
});

describe('the state of one market', () => {
  const stale = { fresh: false, slot: 1 };
  const two = executor({ markets: { 'SOL-USDC': { fresh: true, slot: 9 }, 'BONK-USDC': stale } });

  it('is not that of another one', () => {
    const state = (market: string) => marketState(view({ executor: two }), market).state;
    expect([state('SOL-USDC'), state('BONK-USDC')]).toEqual(['active', 'suspended']);
    expect(marketState(view({ executor: two }), 'WIF-USDC').state).toBe('suspended');
  });

  it('is reduce-only by an operator, alone or with all', () => {
    const paused = (scope: string) => control({ reduceOnly: [{ scope, reason: 'maintenance' }] });
    const one = view({ control: paused('SOL-USDC') });
    expect(marketState(one, 'SOL-USDC')).toEqual({
      state: 'reduce-only',
      reasons: ['exits only in SOL-USDC, by an operator: maintenance'],
    });
    expect(systemState(one).state).toBe('active');
    expect(systemState(view({ control: paused('all') })).state).toBe('reduce-only');
  });

  it('is halted with everything', () => {
    const halted = view({ executor: executor({ halted: true, haltReason: 'stop', haltEpoch: 2 }) });
    expect(marketState(halted, 'SOL-USDC')).toEqual({
      state: 'halted',
      reasons: ['halted at epoch 2, so far at the executor alone: stop'],
    });
  });
});
