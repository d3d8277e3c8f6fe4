import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { historyOf, type History, type HistoryBuilder } from '../support/history-builder.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  aFailure,
  aLanding,
  anAnalysis,
  anApproval,
  anExitWire,
  anExpiry,
  anOutcome,
  aRefusal,
  aRefusedReport,
  aReport,
  aTrigger,
  solSetting,
} from '../support/trade-wires.ts';
import { useReplay } from '../support/replay.ts';

const replay = useReplay('trade/SOL-USDC/replayed');

const trade = (): HistoryBuilder => historyOf('tradeWorkflow', [aCandidate(), solSetting]);
const decided = (): HistoryBuilder =>
  trade().local('analyse', anAnalysis()).local('decide', aDecision()).schedule('approve');
const approved = (): HistoryBuilder =>
  decided().arrive({ answer: 'approve', result: anApproval() }).upsert().startTimer(1, 60); // One minute, then the backstop asks.
const settlement = (of: unknown) => ({ signal: 'reportSettlement', input: [of] });
const report = (of: unknown) => ({ signal: 'reportExecution', input: [of] });
const exitOf = (attempt = 1) => ({ trade: true, signal: anExitWire(attempt), reasons: [] });

/** Holds a position, waiting at timer 2. */
const managing = (): HistoryBuilder =>
  approved()
    .arrive(settlement(aLanding('entry')))
    .cancelTimer(1)
    .upsert()
    .startTimer(2, 60);
const ended = (history: HistoryBuilder): History => history.upsert().memo().completed({});

describe('a trade replays to the same end', () => {
  it('declined by the brain', async () => {
    await replay(
      ended(
        trade()
          .local('analyse', anAnalysis({ conviction: 0.3 }))
          .local('decide', aDecline('conviction 0.30 is below 0.70')),
      ),
    );
  });

  it('declined because the brain was silent', async () => {
    await replay(
      ended(
        trade()
          .local('analyse', { answered: false, reason: 'brain-silent' })
          .local('decide', aDecline('brain-silent')),
      ),
    );
  });

  it('declined because no decision could be made', async () => {
    await replay(
      ended(
        trade()
          .local('analyse', anAnalysis())
          .localFailed('decide', 'ledger/unreachable')
          .local('abandon'),
      ),
    );
  });

  it('declined because the run has ended', async () => {
    // The signal arrives while the first task is lost with its worker.
    await replay(
      ended(
        trade()
          .arrive({ signal: 'endRun', input: [] })
          .local('analyse', anAnalysis())
          .local('decide', aDecision())
          .local('abandon'),
      ),
    );
  });

  it('refused by risk', async () => {
    await replay(
      ended(decided().arrive({ answer: 'approve', result: aRefusal('notional', 'cool-down') })),
    );
  });

  it('failed because approval met what no retry mends', async () => {
    await replay(
      ended(decided().arrive({ failure: 'approve', message: 'input/invalid' }).local('abandon')),
    );
  });

  it('refused by the executor', async () => {
    await replay(
      ended(
        approved()
          .arrive(report(aRefusedReport('entry', 'stale-chain')))
          .cancelTimer(1),
      ),
    );
  });

  it('refused by the executor before the approval’s own answer', async () => {
    await replay(
      ended(
        decided()
          .arrive(report(aRefusedReport('entry', 'worse-price')))
          .arrive({ answer: 'approve', result: anApproval() })
          .upsert(),
      ),
    );
  });

  it('failed on chain', async () => {
    await replay(
      ended(
        approved()
          .arrive(report(aReport('entry')))
          .cancelTimer(1)
          .startTimer(2, 60)
          .arrive(settlement(aFailure('entry', 1, '{"InstructionError":[4,{"Custom":6005}]}')))
          .cancelTimer(2),
      ),
    );
  });

  it('expired, proven by the backstop', async () => {
    await replay(
      ended(
        approved()
          .arrive({ timerFired: 1 })
          .schedule('settle')
          .arrive({ answer: 'settle', result: undefined })
          .startTimer(2, 60)
          .arrive({ timerFired: 2 })
          .schedule('settle')
          .arrive({ answer: 'settle', result: anExpiry('entry') }),
      ),
    );
  });

  it('closed by its stop loss', async () => {
    await replay(
      ended(
        managing()
          .arrive({ signal: 'requestExit', input: [aTrigger({ reason: 'stop-loss' })] })
          .cancelTimer(2)
          .local('decideExit', exitOf())
          .schedule('approve')
          .arrive({ answer: 'approve', result: anApproval(anExitWire()) })
          .upsert()
          .startTimer(3, 60)
          .arrive(report(aReport('exit')), settlement(aLanding('exit')))
          .cancelTimer(3)
          .schedule('learn')
          .arrive({ answer: 'learn', result: anOutcome() }),
      ),
    );
  });

  it('closed by the time backstop when nobody else did', async () => {
    const time = { marketTimeMs: aCandidate().marketTimeMs + 3_720_000, rate: 1, receivedNs: '3' };
    await replay(
      ended(
        managing()
          .arrive({ timerFired: 2 })
          .local('readMarketTime', { ...time, marketTimeMs: time.marketTimeMs - 90_000 })
          .startTimer(3, 90)
          .arrive({ timerFired: 3 })
          .local('readMarketTime', time)
          .local('decideExit', exitOf())
          .schedule('approve')
          .arrive({ answer: 'approve', result: anApproval(anExitWire()) })
          .upsert()
          .startTimer(4, 60)
          .arrive(settlement(aLanding('exit')))
          .cancelTimer(4)
          .schedule('learn')
          .arrive({ answer: 'learn', result: anOutcome() }),
      ),
    );
  });

  it('closed at the second attempt, after the price had moved away', async () => {
    await replay(
      ended(
        managing()
          .arrive({ signal: 'requestExit', input: [aTrigger()] })
          .cancelTimer(2)
          .local('decideExit', exitOf(1))
          .schedule('approve')
          .arrive({ answer: 'approve', result: anApproval(anExitWire(1)) })
          .upsert()
          .startTimer(3, 60)
          .arrive(report(aRefusedReport('exit', 'worse-price')))
          .cancelTimer(3)
          .startTimer(4, 0.1)
          .arrive({ timerFired: 4 })
          .local('decideExit', exitOf(2))
          .schedule('approve')
          .arrive({ answer: 'approve', result: anApproval(anExitWire(2)) })
          .startTimer(5, 60)
          .arrive(settlement(aLanding('exit', 2)))
          .cancelTimer(5)
          .schedule('learn')
          .arrive({ answer: 'learn', result: anOutcome() }),
      ),
    );
  });
});

describe('a replay that proves something', () => {
  const isDifferent = async (history: History): Promise<void> => {
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  };

  it('tells another activity by its name', () =>
    isDifferent(trade().local('analyse', anAnalysis()).local('consult', {}).completed({})));

  it('tells an approval that became a local activity', () =>
    isDifferent(
      trade()
        .local('analyse', anAnalysis())
        .local('decide', aDecision())
        .local('approve', aRefusal('notional'))
        .upsert()
        .memo()
        .completed({}),
    ));

  it('tells a step that is left out', () =>
    isDifferent(
      trade().local('analyse', anAnalysis()).local('decide', aDecline('why')).completed({}),
    ));
});
