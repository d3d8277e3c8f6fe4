import { lossBreaches, type LossLimits, type LossView } from '../../domain/positions/loss-rules.ts';
import type { RunLedger } from './run-ledger.ts';

export type LossGuardDeps = {
  readonly ledger: Pick<RunLedger, 'recordReduceOnly' | 'recordHalt'>;
  readonly limits: LossLimits;
  /** Runs work that is tried again until it is done; nobody waits for it. */
  readonly inBackground: (work: () => Promise<void>) => void;
  readonly onLatched: (what: 'reduce-only' | 'halt', reason: string) => void;
};

/**
 * Latches reduce-only or a halt in the ledger when a loss passes its limit: each once. Answers true
 * from when a halt is asked for until it shows: by then everything must act as if halted.
 */
export function createLossGuard({ ledger, limits, inBackground, onLatched }: LossGuardDeps) {
  let reduceOnlyUntilMs = -Infinity;
  let haltAsked = false;

  return (view: LossView, halted: boolean): boolean => {
    if (halted) haltAsked = false;
    for (const breach of lossBreaches(view, limits)) {
      const reason = `${breach.rule}: ${breach.loss} of at most ${breach.limit}`;
      if (breach.rule === 'daily-loss') {
        const { untilMs } = breach;
        if (untilMs <= reduceOnlyUntilMs) continue;
        reduceOnlyUntilMs = untilMs;
        inBackground(async () => {
          await ledger.recordReduceOnly(untilMs, reason);
          onLatched('reduce-only', reason);
        });
      } else if (!halted && !haltAsked) {
        haltAsked = true;
        inBackground(async () => {
          if (await ledger.recordHalt(reason)) onLatched('halt', reason);
        });
      }
    }
    return haltAsked;
  };
}
