import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import type { TradeSetting } from '../../temporal/trade-facts.ts';
import { historyOf, type History, type HistoryBuilder } from '../support/history-builder.ts';
import { useReplay } from '../support/replay.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  anAnalysis,
  aRefusal,
  solSetting,
} from '../support/trade-wires.ts';

const replay = useReplay('trade/SOL-USDC/replayed');

const WITHIN_S = 120;
const asking: TradeSetting = {
  ...solSetting,
  approval: { notionalMin: '200000000', withinMs: WITHIN_S * 1_000, operators: ['alice', 'bob'] },
};
const ORDER = { operator: 'alice', reason: 'looks right' };
const TAKEN = { signalId: aCandidate().signalId, answer: 'approved', operator: 'alice' };

const decided = (setting: TradeSetting, notional = '200000000'): HistoryBuilder =>
  historyOf('tradeWorkflow', [aCandidate(), setting])
    .local('analyse', anAnalysis())
    .local('decide', aDecision({ notional }));
/** A person is asked: timer 1 runs. */
const waiting = (): HistoryBuilder =>
  decided(asking)
    .patch('wait-for-approval')
    .local('beginWaiting', { askedAtMs: 1_760_000_000_000 })
    .upsert()
    .startTimer(1, WITHIN_S);
const ended = (history: HistoryBuilder): History => history.upsert().memo().completed({});
const refused = (history: HistoryBuilder): History =>
  ended(history.schedule('approve').arrive({ answer: 'approve', result: aRefusal('cool-down') }));

describe('a trade that waits for a person replays to the same end', () => {
  it('approved, decided again, then refused by risk', async () => {
    const approved = waiting().arrive().answered('approve', ORDER, TAKEN).cancelTimer(1);
    await replay(refused(approved.local('decideAgain', aDecision({ notional: '150000000' }))));
  });

  it('approved at a price that has moved away', async () => {
    const approved = waiting().arrive().answered('approve', ORDER, TAKEN).cancelTimer(1);
    await replay(ended(approved.local('decideAgain', aDecline('price-moved'))));
  });

  it('rejected', async () => {
    const rejected = waiting()
      .arrive()
      .answered('reject', ORDER, { ...TAKEN, answer: 'rejected' })
      .cancelTimer(1);
    await replay(ended(rejected.local('abandon')));
  });

  it('answered by nobody in time', async () => {
    await replay(ended(waiting().arrive({ timerFired: 1 }).local('abandon')));
  });

  it('overtaken by the end of the run', async () => {
    const over = waiting().arrive({ signal: 'endRun', input: [] }).cancelTimer(1);
    await replay(ended(over.local('abandon')));
  });

  it('begun before there was a patch: it asks nobody', async () => {
    await replay(refused(decided(asking)));
  });
});

describe('a trade that asks nobody', () => {
  it.each([
    ['without the setting', solSetting, '200000000'],
    ['one unit below the size', asking, '199999999'],
  ])('has no step of it: %s', async (_what, setting, notional) => {
    await replay(refused(decided(setting, notional)));
  });

  it('has another history than one that waits', async () => {
    const steps = decided(solSetting)
      .patch('wait-for-approval')
      .local('beginWaiting', { askedAtMs: 1 })
      .upsert()
      .startTimer(1, WITHIN_S);
    const late = ended(steps.arrive({ timerFired: 1 }).local('abandon'));
    await expect(replay(late)).rejects.toThrow(DeterminismViolationError);
  });
});
