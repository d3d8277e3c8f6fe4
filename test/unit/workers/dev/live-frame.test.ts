import { describe, expect, it } from 'vitest';
import type { RunCounts } from '../../../../adapters/ledger/run-counts.ts';
import type { TradeLine } from '../../../../adapters/ledger/trade-list.ts';
import type { FeedState } from '../../../../domain/market/feed.ts';
import { createDisplay } from '../../../../workers/dev/display.ts';
import {
  renderFrame,
  statusLine,
  tradeNews,
  type FrameView,
} from '../../../../workers/dev/live-frame.ts';

const counts: RunCounts = {
  candidates: 9,
  pending: 1,
  declined: 4,
  refused: { 'cool-down': 1 },
  trades: 3,
  permits: 5,
  landed: 4,
  failed: 0,
  expired: 0,
  unknown: 1,
  closed: 1,
  learning: 0,
  open: 2,
  exploring: 2,
  realisedPnl: '-1250000',
};
const feed: FeedState = {
  run: 'r1',
  phase: 'running',
  warmedBars: 1_000,
  events: 420,
  candidates: 9,
  marketTimeMs: Date.UTC(2025, 4, 5, 6, 7),
  marketTimeEndMs: Date.UTC(2025, 4, 6),
  legsInFlight: 1,
  staleMarkets: [],
};
const trade: TradeLine = {
  signalId: 's1',
  runId: 'r1',
  market: 'SOL-USDC',
  screen: 'oversold',
  stage: 'closed',
  workflowId: 'trade/SOL-USDC/s1',
  marketTimeMs: Date.UTC(2025, 4, 5, 6, 0),
  conviction: 0.812,
  expectedValueBps: -12.34,
  exploring: true,
  riskScore: 0.4,
  permitToWireUs: 187,
  realisedPnl: '-250000',
  exitReason: 'stop-loss',
  breaches: [],
  reasons: [],
};
const view: FrameView = {
  feed,
  counts,
  trades: [trade],
  quote: { symbol: 'USDC', decimals: 6 },
  notice: undefined,
  elapsedMs: 61_000,
  links: [['Web UI', 'http://127.0.0.1:8233']],
};

describe('the live table', () => {
  it('says where the feed is, what became of candidates, and what was earned', () => {
    const frame = renderFrame(view, 200).join('\n');
    expect(frame).toContain('running at 2025-05-05 06:07 UTC · 420 events · clock held by 1');
    expect(frame).toContain('−1.25 USDC realised');
    expect(frame).toContain('candidates 9: declined 4, refused 1, trades 3 (exploring 2)');
    expect(frame).toContain('open 2, closed 1');
    expect(frame).toContain('Web UI http://127.0.0.1:8233');
  });

  it('shows a trade with stage, decision, risk, latency and P&L', () => {
    const row = renderFrame(view, 200).find((line) => line.includes('oversold'));
    for (const part of ['closed', '0.81 · EV -12.3', '0.40', '187', '−0.25']) {
      expect(row).toContain(part);
    }
  });

  it('names the breaches of a refused trade instead of a decision', () => {
    const breach = { rule: 'cool-down', limit: '300000', actual: '1' } as const;
    const refused = { ...view, trades: [{ ...trade, stage: 'refused', breaches: [breach] }] };
    expect(renderFrame(refused, 200).join('\n')).toContain('cool-down');
  });

  it('is never wider than the terminal', () => {
    for (const line of renderFrame(view, 70)) expect(line.length).toBeLessThanOrEqual(70);
  });

  it('shows how far the warm-up is, and a feed that is not there yet', () => {
    const warming = { ...feed, phase: 'warming', warmedBars: 120 } as const;
    expect(statusLine({ ...view, feed: warming })).toContain('warming 120/200');
    expect(statusLine({ ...view, feed: undefined })).toContain('waiting for the feed');
  });

  it('tells a trade in one line', () => {
    expect(tradeNews(trade, view.quote)).toBe(
      '2025-05-05 06:00 UTC SOL-USDC oversold: closed · 0.81 · EV -12.3 · exploring · 187 µs to the wire · stop-loss · −0.25 USDC',
    );
  });
});

describe('the display', () => {
  const capture = (isTTY: boolean) => {
    let text = '';
    const write = (chunk: string | Uint8Array): boolean => {
      text += String(chunk);
      return true;
    };
    return { output: { write, columns: 200, isTTY }, text: () => text };
  };

  it('tells a headless reader each stage of a trade once', () => {
    const { output, text } = capture(false);
    const display = createDisplay(output, true);
    display.show(view);
    display.show({ ...view, elapsedMs: 61_500 });
    display.show({ ...view, elapsedMs: 62_000, trades: [{ ...trade, stage: 'learning' }] });
    expect(text().match(/oversold: closed/g)).toHaveLength(1);
    expect(text().match(/oversold: learning/g)).toHaveLength(1);
    expect(text()).not.toContain('\x1b');
  });

  it('redraws the table in place and keeps what was said above it', () => {
    const { output, text } = capture(true);
    const display = createDisplay(output, false);
    display.show(view);
    display.say('something happened');
    const lines = renderFrame(view, 200).length;
    expect(text()).toContain(`\x1b[${lines}F\x1b[Jsomething happened\n`);
    expect(text().match(/oversold/g)).toHaveLength(2);
  });
});
