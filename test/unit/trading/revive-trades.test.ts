import { describe, expect, it } from 'vitest';
import type { PermitStatus } from '../../../domain/settlement/settlement-ledger.ts';
import { revivedTrade, type UnfinishedTrade } from '../../../temporal/revived-trade.ts';
import type { LegFacts, TradeFacts } from '../../../temporal/trade-facts.ts';
import { reviveOnce, type ReviveTradesDeps } from '../../../workers/trading/revive-trades.ts';
import {
  aCandidate,
  aLanding,
  anExitWire,
  anExpiry,
  aPermitWire,
  aSignalWire,
  solSetting,
} from '../../support/trade-wires.ts';

type Leg = LegFacts & { readonly status: PermitStatus };

const entry = (status: PermitStatus): Leg => ({
  signal: aSignalWire(),
  permit: aPermitWire(aSignalWire()),
  status,
  ...(status === 'landed' ? { settlement: aLanding('entry') } : {}),
});

const exit = (attempt: number, status: PermitStatus): Leg => ({
  signal: anExitWire(attempt, { exitReason: 'stop-loss' }),
  permit: aPermitWire(anExitWire(attempt)),
  status,
  ...(status === 'expired' ? { settlement: anExpiry('exit', attempt) } : {}),
});

const unfinished = (...legs: readonly Leg[]): UnfinishedTrade => ({
  candidate: aCandidate(),
  reasons: ['because'],
  legs,
});

const revived = (...legs: readonly Leg[]): TradeFacts | undefined =>
  revivedTrade(unfinished(...legs), solSetting);

describe('a trade that lost its workflow goes on', () => {
  it('waiting for the end of its entry', () => {
    expect(revived(entry('submitted'))).toMatchObject({
      stage: 'executing',
      entry: { permit: { leg: 'entry' } },
      exits: [],
      exitAttempt: 1,
    });
  });

  it('holding its position', () => {
    const facts = revived(entry('landed'));
    expect(facts).toMatchObject({ stage: 'managing', entry: { settlement: { kind: 'landed' } } });
    expect(facts?.trigger).toBeUndefined();
  });

  it('waiting for the end of its exit, for the reason it had', () => {
    expect(revived(entry('landed'), exit(1, 'uncertain'))).toMatchObject({
      stage: 'exiting',
      trigger: { reason: 'stop-loss' },
      exitAttempt: 1,
      exits: [{ permit: { attempt: 1 } }],
    });
  });

  it.each(['refused', 'failed', 'expired'] as const)(
    'with a new attempt after one that %s',
    (end) => {
      expect(revived(entry('landed'), exit(1, end))).toMatchObject({
        stage: 'exiting',
        exitAttempt: 2,
      });
    },
  );

  it('not at all where it has no entry', () => {
    expect(revived()).toBeUndefined();
  });
});

describe('the look for lost workflows', () => {
  const REF = { market: 'SOL-USDC', signalId: aCandidate().signalId };

  async function look(change: Partial<ReviveTradesDeps>): Promise<readonly TradeFacts[]> {
    const started: TradeFacts[] = [];
    await reviveOnce({
      holdsLock: async () => true,
      list: async () => [REF],
      read: async () => unfinished(entry('landed')),
      settingOf: () => solSetting,
      trades: {
        isRunning: async () => false,
        async revive(facts) {
          started.push(facts);
          return 'revived';
        },
      },
      onRevived: () => undefined,
      onFault: () => undefined,
      ...change,
    });
    return started;
  }

  it('starts what is open and has none', async () => {
    expect(await look({})).toHaveLength(1);
  });

  it.each<readonly [string, Partial<ReviveTradesDeps>]>([
    ['has ended while it was looked at', { read: async () => undefined }],
    ['is of a market that this run does not trade', { settingOf: () => undefined }],
    ['is looked after by another worker', { holdsLock: async () => false }],
    ['runs', { trades: { isRunning: async () => true, revive: async () => 'revived' as const } }],
  ])('leaves alone what %s', async (_what, change) => {
    expect(await look(change)).toEqual([]);
  });
});
