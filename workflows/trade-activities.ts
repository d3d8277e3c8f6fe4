import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { AbandonActivities } from '../activities/abandon.ts';
import type { ApprovalActivities } from '../activities/approval.ts';
import type { LearningActivities } from '../activities/learning.ts';
import type { MarketClockActivities } from '../activities/market-clock.ts';
import type { OpinionActivities } from '../activities/opinion.ts';
import type { SettlementActivities } from '../activities/settlement.ts';

/** Everything a trade asks of the world. The trading worker registers exactly this. */
export type TradeActivities = OpinionActivities &
  ApprovalActivities &
  SettlementActivities &
  LearningActivities &
  MarketClockActivities &
  AbandonActivities;

// Local: no task-queue hop. They only ask and compute, so running one again after a crash is
// harmless. The limit is short because a late opinion is about another market.
export const { analyse, decide, beginWaiting, decideAgain } =
  proxyLocalActivities<OpinionActivities>({
    startToCloseTimeout: '2 seconds',
    scheduleToCloseTimeout: '3 seconds',
    retry: { initialInterval: '50 milliseconds', backoffCoefficient: 2, maximumInterval: '400 ms' },
  });

// As above, but a position that must be closed is worth a longer try; the caller tries again.
export const { decideExit } = proxyLocalActivities<OpinionActivities>({
  startToCloseTimeout: '2 seconds',
  scheduleToCloseTimeout: '4 seconds',
  retry: { initialInterval: '50 milliseconds', backoffCoefficient: 2, maximumInterval: '400 ms' },
});

// Not local: its scheduling stores the opinion before money is reserved. Tried for as long as it
// takes, because giving up would leave a permit behind that no workflow owns. Late is safe: a permit
// that exists is answered with, and a price that has moved meets minAmountOut.
export const { approve } = proxyActivities<ApprovalActivities>({
  startToCloseTimeout: '2 seconds',
  retry: {
    initialInterval: '50 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '2 seconds',
  },
});

// A look at chain and ledger; asked again each minute anyway.
export const { settle } = proxyActivities<SettlementActivities>({
  startToCloseTimeout: '5 seconds',
  retry: { maximumAttempts: 3, initialInterval: '200 milliseconds' },
});

// Nothing waits for it and it must not be lost.
export const { learn } = proxyActivities<LearningActivities>({
  startToCloseTimeout: '10 seconds',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
  },
});

// For people and for the market clock, which helps itself after its own limit: never waited for long.
export const { readMarketTime, abandon } = proxyLocalActivities<
  MarketClockActivities & AbandonActivities
>({
  startToCloseTimeout: '1 second',
  scheduleToCloseTimeout: '3 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '1 second' },
});
