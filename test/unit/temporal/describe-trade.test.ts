import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTrade } from '../../../temporal/describe-trade.ts';
import { byteLength } from '../../../temporal/details-table.ts';
import type { attributes } from '../../../temporal/search-attributes.ts';
import { approveSummary, holdingSummary } from '../../../temporal/step-summaries.ts';
import { newTrade, type LegFacts, type TradeFacts } from '../../../temporal/trade-facts.ts';
import {
  aCandidate,
  aFailure,
  aLanding,
  anExitWire,
  anOpinion,
  anOutcome,
  aPermitWire,
  aRefusal,
  aRefusedReport,
  aReport,
  aSignalWire,
  aTrigger,
  solSetting,
} from '../../support/trade-wires.ts';

const facts = (change: Partial<TradeFacts> = {}): TradeFacts => ({
  ...newTrade(aCandidate(), solSetting),
  ...change,
});

const entered: Partial<TradeFacts> = {
  opinion: anOpinion(),
  reasons: ['EV +14.2 bps after costs of 27 bps'],
  decidedAtMs: Date.UTC(2025, 4, 4, 13, 37),
  entry: {
    signal: aSignalWire(),
    permit: aPermitWire(aSignalWire()),
    riskScore: 0.4,
    adjustments: [
      { rule: 'position-share', field: 'amountIn', from: '500000000', to: '200000000' },
    ],
    report: aReport('entry'),
    settlement: aLanding('entry'),
  },
};

const exitOf = (attempt: number, change: Partial<LegFacts>): LegFacts => ({
  signal: anExitWire(attempt),
  permit: aPermitWire(anExitWire(attempt)),
  ...change,
});

const closed = facts({
  ...entered,
  end: 'closed',
  stage: 'closed',
  trigger: aTrigger(),
  exits: [
    exitOf(1, { report: aRefusedReport('exit', 'worse-price') }),
    exitOf(2, { report: aReport('exit', 2), settlement: aLanding('exit', 2) }),
  ],
  outcome: anOutcome(),
});

const valueOf = (of: TradeFacts, key: keyof typeof attributes): unknown =>
  describeTrade(of).attributes.find((pair) => pair.key.name === key)?.value;

describe('the description of a trade', () => {
  it('says at the start what fired', () => {
    const { summary, attributes: known } = describeTrade(facts());
    expect(summary).toBe('SOL-USDC breakout · at 146.74 · 2025-05-04 13:37 UTC');
    expect(known.map(({ key, value }) => [key.name, value])).toEqual([
      ['TradeStatus', 'analysing'],
      ['Market', 'SOL-USDC'],
      ['Venue', 'raydium-cpmm'],
      ['TradingMode', 'paper'],
      ['Strategy', 'breakout'],
    ]);
  });

  it('tells a closed trade in people’s units, from the same facts everywhere', () => {
    const { summary, details, memo, result } = describeTrade(closed);
    expect(summary).toBe(
      'SOL-USDC breakout · closed · take-profit · P&L +1.39413 USDC (+69.7 bps)',
    );
    expect(memo).toMatchObject({ realisedPnl: '+1.39413 USDC', entryPrice: '147.167' });
    expect(result).toEqual({
      end: 'closed',
      why: ['take-profit'],
      market: 'SOL-USDC',
      exploring: false,
      entryPrice: '147.167',
      exitPrice: '148.197',
      exitReason: 'take-profit',
      realisedPnl: '+1.39413 USDC',
      returnBps: 69.7,
      signatures: ['signature-entry-1', 'signature-exit-2'],
    });
    for (const row of [
      '| screen that fired | breakout, at 146.74 |',
      '| entry approved | BUY 1.36 SOL for 200 USDC at 147.059 · slippage ≤ 50 bps · risk score 0.40 |',
      '| entry made smaller | position-share: 500 USDC → 200 USDC |',
      '| entry sent | 148 µs from permit to wire · 310 µs of delivery before · signature signature-entry-1 |',
      '| entry landed | bought 1.359 SOL for 200 USDC at 147.167 · slot 1205 |',
      '| entry prices | decided 146.74 · quoted 147.059 · approved to 147.798 · filled 147.167 · slippage +8 bps · shortfall +30 bps |',
      '| entry costs | fee 0.000008 SOL · tip 0.000012 SOL · rent 0 SOL |',
      '| exit wanted | take-profit, at 148.2 · 2025-05-04 13:57 UTC |',
      '| exit refused by the executor | worse-price |',
      '| exit 2 landed | sold 1.359 SOL for 201.4 USDC at 148.197 · slot 1205 |',
      '| result | +1.39413 USDC (+69.7 bps), all costs included · held 20 min |',
    ]) {
      expect(details.replaceAll('\u2002|', ' |')).toContain(row);
    }
  });

  it('gives attributes as numbers that can be compared', () => {
    expect(valueOf(closed, 'PnlUsd')).toBeCloseTo(1.39413, 9);
    expect(valueOf(closed, 'NotionalUsd')).toBe(200);
    expect(valueOf(closed, 'ExecLatencyUs')).toBe(148);
    expect(valueOf(closed, 'SlippageBps')).toBe(8);
    expect(valueOf(closed, 'TxSignature')).toBe('signature-exit-2');
    expect(valueOf(closed, 'TradeStatus')).toBe('closed');
  });

  it('names every breach in a row of its own', () => {
    const verdict = aRefusal('notional', 'cool-down');
    const breaches = verdict.approved ? [] : verdict.breaches;
    const refused = facts({ entry: { signal: aSignalWire(), breaches }, end: 'refused' });
    const { details, result } = describeTrade(refused);
    expect(details.match(/entry refused by risk/g)).toHaveLength(2);
    expect(result.why).toEqual([
      'notional (limit 500, found 612)',
      'cool-down (limit 500, found 612)',
    ]);
    expect(valueOf(refused, 'Verdict')).toBe('refused');
    expect(valueOf(refused, 'Breaches')).toEqual(['notional', 'cool-down']);
  });

  it.each([
    ['declined', facts({ end: 'declined', reasons: ['brain-silent'] }), ['brain-silent']],
    [
      'refused by the executor',
      facts({
        end: 'refused',
        entry: { signal: aSignalWire(), report: aRefusedReport('entry', 'stale-chain') },
      }),
      ['executor: stale-chain'],
    ],
    [
      'failed',
      facts({
        end: 'failed',
        entry: { signal: aSignalWire(), settlement: aFailure('entry', 1, 'Custom 6005') },
      }),
      ['Custom 6005'],
    ],
  ])('says why a trade was %s', (_end, of, why) => {
    expect(describeTrade(of).result.why).toEqual(why);
  });

  it('lets nobody’s text break out of its cell, or its line', () => {
    const nasty = 'a | b\n| injected | row |\n# heading <img src=x>';
    const { details, summary } = describeTrade(facts({ reasons: [nasty], end: 'declined' }));
    expect(details.split('\n').filter((line) => line.includes('injected'))).toHaveLength(2);
    expect(details.replaceAll('\u2002|', ' |')).toContain(
      '| reason | a \\| b \\| injected \\| row \\| # heading \\<img src=x\\> |',
    );
    expect(summary).not.toContain('\n');
  });

  it('keeps the summary within 200 bytes, whatever the reasons are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 })), (reasons) => {
        const { summary, details } = describeTrade(facts({ reasons, end: 'declined' }));
        expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(200);
        expect(byteLength(summary)).toBe(Buffer.byteLength(summary));
        expect(details.length).toBeLessThan(20_000);
      }),
    );
  });

  it('holds no bigint: what is described also travels', () => {
    const { result, memo } = describeTrade(closed);
    expect(JSON.parse(JSON.stringify({ result, memo, closed }))).toMatchObject({ result, memo });
  });
});

describe('the summary of a step', () => {
  it('tells approval what was found', () => {
    expect(approveSummary({ signal: aSignalWire() }, facts())).toBe(
      'BUY 1.36 SOL · conviction 0.82 · EV +14.2 bps',
    );
    expect(approveSummary({ signal: anExitWire(2) }, facts({ trigger: aTrigger() }))).toBe(
      'SELL 1.359 SOL · take-profit · attempt 2 · slippage ≤ 50 bps',
    );
  });

  it('tells a timer what is held', () => {
    expect(holdingSummary(facts(entered))).toBe(
      'holding 1.359 SOL from 147.167 · stop −1.5 % · target +3 % · at the latest after 1 h',
    );
  });
});
