import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import type { TradeSetting } from '../../temporal/trade-facts.ts';
import { aConsultation, aSilence } from '../support/consultations.ts';
import { historyOf, type History, type HistoryBuilder } from '../support/history-builder.ts';
import { useReplay } from '../support/replay.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  anAnalysis,
  anApproval,
  aRefusal,
  aRefusedReport,
  solSetting,
} from '../support/trade-wires.ts';

const replay = useReplay('trade/SOL-USDC/replayed');

const asking = (mode: 'enabled' | 'advisory'): TradeSetting => ({
  ...solSetting,
  overlay: { mode, budgetMs: 1_800, convictionMin: 0.7 },
});
const trade = (setting: TradeSetting): HistoryBuilder =>
  historyOf('tradeWorkflow', [aCandidate(), setting]);
/** The patch is asked for when `analyse` has answered, within the same task. */
const consulting = (): HistoryBuilder =>
  trade(asking('enabled'))
    .local('analyse', anAnalysis())
    .patch('consult-before-decide')
    .schedule('consult');
const ended = (history: HistoryBuilder): History => history.upsert().memo().completed({});
const refused = (history: HistoryBuilder): History =>
  ended(history.schedule('approve').arrive({ answer: 'approve', result: aRefusal('cool-down') }));

describe('a trade that awaits the overlay replays to the same end', () => {
  it('confirmed, then refused by risk', async () => {
    const advised = consulting().arrive({ answer: 'consult', result: aConsultation() });
    await replay(refused(advised.local('decide', aDecision())));
  });

  it('vetoed: declined', async () => {
    const veto = aConsultation({ verdict: 'veto', reasons: ['trend-against'] });
    const advised = consulting().arrive({ answer: 'consult', result: veto });
    await replay(ended(advised.local('decide', aDecline('overlay-veto'))));
  });

  it('not advised: the fast opinion stands', async () => {
    const silent = consulting().arrive({ answer: 'consult', result: aSilence() });
    await replay(refused(silent.local('decide', aDecision())));
  });

  it('with no brain to take the question: the fast opinion stands', async () => {
    const untaken = consulting().arrive({ untaken: 'consult' });
    await replay(refused(untaken.local('decide', aDecision())));
  });

  it('with a brain that failed: the fast opinion stands', async () => {
    const failed = consulting().arrive({ failure: 'consult', message: 'market/unknown' });
    await replay(refused(failed.local('decide', aDecision())));
  });

  it.each([
    ['below the conviction that trades', { conviction: 0.69 }],
    ['in an unknown state', { known: false }],
    ['that falls', { direction: 'down' as const }],
  ])('without a question for an opinion %s', async (_what, opinion) => {
    const unasked = trade(asking('enabled')).local('analyse', anAnalysis(opinion));
    await replay(ended(unasked.local('decide', aDecline('no'))));
  });

  it('begun before there was a patch: it goes on without the step', async () => {
    const before = trade(asking('enabled')).local('analyse', anAnalysis());
    await replay(refused(before.local('decide', aDecision())));
  });
});

describe('a trade that has the overlay beside it replays to the same end', () => {
  const beside = (): HistoryBuilder =>
    trade(asking('advisory'))
      .local('analyse', anAnalysis())
      .local('decide', aDecision())
      .patch('consult-beside-trade')
      .schedule('consult')
      .schedule('approve');

  it('whatever the overlay says, and when', async () => {
    const veto = aConsultation({ verdict: 'veto', reasons: ['trend-against'] });
    const answer = { answer: 'consult', result: veto };
    const refusal = { answer: 'approve', result: aRefusal('cool-down') };
    await replay(ended(beside().arrive(answer).arrive(refusal)));
    await replay(ended(beside().arrive(refusal)));
    await replay(
      ended(
        beside()
          .arrive({ answer: 'approve', result: anApproval() })
          .upsert()
          .startTimer(1, 60)
          .arrive({ untaken: 'consult' })
          .arrive({ signal: 'reportExecution', input: [aRefusedReport('entry', 'stale-chain')] })
          .cancelTimer(1),
      ),
    );
  });
});

describe('a trade without overlay', () => {
  it('has no step of it: the history of one that consults is another', async () => {
    const steps = trade(solSetting)
      .local('analyse', anAnalysis())
      .patch('consult-before-decide')
      .schedule('consult')
      .arrive({ answer: 'consult', result: aConsultation() })
      .local('decide', aDecline('why'));
    await expect(replay(ended(steps))).rejects.toThrow(DeterminismViolationError);
  });
});
