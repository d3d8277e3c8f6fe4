import { describe, expect, it } from 'vitest';
import { basisPoints } from '../../../domain/shared/units.ts';
import { createOpinionActivities } from '../../../activities/opinion.ts';
import type { StandingVeto } from '../../../domain/analysis/standing-veto.ts';
import type { DecidedTrade } from '../../../domain/decision/trade-records.ts';
import type { LegEnd } from '../../../domain/market/feed.ts';
import { aQuestion } from '../../support/decisions.ts';

const { candidate, opinion, market, pool, settings } = aQuestion();
const veto: StandingVeto = {
  signalId: 'r1-SOL-USDC-dip-1',
  reasons: ['trend-against', 'edge-thin'],
  untilMs: candidate.marketTimeMs + 60_000,
};

function unexpected(): never {
  throw new Error('not expected');
}

async function decideUnder(standing: StandingVeto | undefined) {
  const decided: DecidedTrade[] = [];
  const ends: LegEnd[] = [];
  const { decide } = createOpinionActivities({
    brain: { analyse: unexpected },
    pools: { waitForSlot: async () => pool },
    records: {
      recordAnalysed: unexpected,
      recordDecision: async (one) => void decided.push(one),
      recordWaiting: unexpected,
    },
    readVeto: async () => standing,
    legEnds: { publish: async (end) => void ends.push(end) },
    positions: { readPosition: unexpected },
    newest: () => undefined,
    marketOf: () => market,
    workflowIdOf: unexpected,
    settings,
    collarMax: basisPoints(100),
    clock: { wallMs: unexpected, monotonicNs: unexpected },
  });
  const decision = await decide(candidate, { answered: true, opinion });
  return { decision, decided, ends };
}

describe('a decision under a veto of an earlier trade', () => {
  it('declines, says whose veto it was and until when, and keeps it for whoever decides again', async () => {
    const { decision, decided, ends } = await decideUnder(veto);
    expect(decision.trade).toBe(false);
    expect(decision.reasons[0]).toBe('overlay-veto');
    expect(decision.reasons[1]).toMatch(
      /^A veto stands until 20\d\d-.* UTC: trend-against, edge-thin, said of r1-SOL-USDC-dip-1\.$/,
    );
    expect(decided).toHaveLength(1);
    expect(decided[0]?.inputs?.veto).toEqual(veto);
    expect(ends).toMatchObject([{ leg: 'entry', end: 'declined' }]);
  });

  it('is an entry where none stands', async () => {
    const { decision, decided, ends } = await decideUnder(undefined);
    expect(decision.trade).toBe(true);
    expect(decided[0]?.inputs?.veto).toBeUndefined();
    expect(ends).toEqual([]);
  });
});
