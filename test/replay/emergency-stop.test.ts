import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import type { Fencing, HaltLook } from '../../activities/control.ts';
import { historyOf, type HistoryBuilder } from '../support/history-builder.ts';
import { useReplay } from '../support/replay.ts';

const replay = useReplay('emergency-stop/s1');

const roads = { executor: 'acknowledged', postgres: 'latched', bus: 'ordered' };
const fencing = (change: Partial<Fencing> = {}): Fencing => ({
  atMs: 1,
  fenced: true,
  haltEpoch: 1,
  roads,
  ...change,
});
const view = (change: Partial<HaltLook> = {}): HaltLook => ({
  atMs: 2,
  haltEpoch: 1,
  isLifted: false,
  currentEpoch: 1,
  halted: true,
  flattenOf: undefined,
  live: [],
  open: [],
  ...change,
});
const held = view({ open: [{ signalId: 's', market: 'SOL-USDC', status: 'open' }] });
const lifted = view({ isLifted: true, halted: false, currentEpoch: 2 });

/** FENCED and told to nobody, waiting at timer 1 for news. */
const fenced = (seen: HaltLook = view()): HistoryBuilder =>
  historyOf('emergencyStopWorkflow', [])
    .upsert()
    .schedule('fence')
    .arrive({ answer: 'fence', result: fencing() })
    .upsert()
    .schedule('readHalt')
    .arrive({ answer: 'readHalt', result: seen })
    .schedule('readOpenTrades')
    .arrive({ answer: 'readOpenTrades', result: [] })
    .schedule('readHalt')
    .arrive({ answer: 'readHalt', result: seen });

describe('a stop replays to the same end', () => {
  it('started by hand without input, until operators resume', async () => {
    await replay(
      fenced()
        .startTimer(1, 60)
        .arrive({ signal: 'lookAgain', input: [] })
        .cancelTimer(1)
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: lifted })
        .upsert()
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .completed({}),
    );
  });

  it('taken over by a newer stop', async () => {
    await replay(
      fenced()
        .startTimer(1, 60)
        .arrive({ timerFired: 1 })
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view({ currentEpoch: 2 }) })
        .upsert()
        .completed({}),
    );
  });

  it('not fenced at the first try', async () => {
    await replay(
      historyOf('emergencyStopWorkflow', [{ stopId: 's1', reason: 'test' }])
        .upsert()
        .schedule('fence')
        .arrive({ answer: 'fence', result: fencing({ fenced: false }) })
        .upsert()
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view() })
        .startTimer(1, 0.2)
        .arrive({ timerFired: 1 })
        .schedule('fence')
        .arrive({ answer: 'fence', result: fencing() })
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view({ isLifted: true }) })
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view({ isLifted: true }) })
        .upsert()
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .completed({}),
    );
  });

  it('an old one that comes after its resume halts nothing', async () => {
    await replay(
      historyOf('emergencyStopWorkflow', [{ stopId: 's1', reason: 'late' }])
        .upsert()
        .schedule('fence')
        .arrive({ answer: 'fence', result: fencing({ fenced: false }) })
        .upsert()
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: lifted })
        .upsert()
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .completed({}),
    );
  });

  it('flattened until the chain shows nothing', async () => {
    await replay(
      fenced(held)
        .startTimer(1, 60)
        .arrive({ signal: 'flattenPositions', input: [] })
        .cancelTimer(1)
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: held })
        .schedule('beginFlatten')
        .arrive({ answer: 'beginFlatten', result: true })
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .startTimer(2, 1)
        .arrive({ timerFired: 2 })
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view({ flattenOf: 1 }) })
        .schedule('proveFlat')
        .arrive({ answer: 'proveFlat', result: { atMs: 3, faults: ['slot 9 is not final'] } })
        .startTimer(3, 1)
        .arrive({ timerFired: 3 })
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: view({ flattenOf: 1 }) })
        .schedule('proveFlat')
        .arrive({ answer: 'proveFlat', result: { atMs: 4, faults: [] } })
        .startTimer(4, 60)
        .arrive({ signal: 'lookAgain', input: [] })
        .cancelTimer(4)
        .schedule('readHalt')
        .arrive({ answer: 'readHalt', result: lifted })
        .upsert()
        .schedule('readOpenTrades')
        .arrive({ answer: 'readOpenTrades', result: [] })
        .completed({}),
    );
  });
});

describe('a history of other code', () => {
  it('does not replay: nothing is told before FENCED', async () => {
    await expect(
      replay(
        historyOf('emergencyStopWorkflow', [])
          .upsert()
          .schedule('readOpenTrades')
          .arrive({ answer: 'readOpenTrades', result: [] })
          .completed({}),
      ),
    ).rejects.toThrow(DeterminismViolationError);
  });
});
