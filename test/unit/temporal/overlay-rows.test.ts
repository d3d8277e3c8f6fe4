import { describe, expect, it } from 'vitest';
import type { Consultation } from '../../../domain/analysis/consultation.ts';
import { describeTrade } from '../../../temporal/describe-trade.ts';
import { approveSummary, consultSummary } from '../../../temporal/step-summaries.ts';
import { newTrade, type TradeFacts } from '../../../temporal/trade-facts.ts';
import { aConsultation, aSilence } from '../../support/consultations.ts';
import { aCandidate, anOpinion, aSignalWire, solSetting } from '../../support/trade-wires.ts';

const factsWith = (consultation: Consultation, mode: 'enabled' | 'advisory'): TradeFacts => {
  const overlay = { mode, budgetMs: 1_800, convictionMin: 0.7 };
  const trade = newTrade(aCandidate(), { ...solSetting, overlay });
  return { ...trade, opinion: anOpinion(), consultation };
};
const detailsOf = (consultation: Consultation, mode: 'enabled' | 'advisory' = 'enabled'): string =>
  describeTrade(factsWith(consultation, mode)).details;

describe('the overlay in a trade’s details', () => {
  it('says what was asked and said, by whom, at what cost and how fast', () => {
    const details = detailsOf(
      aConsultation({ verdict: 'veto', reasons: ['trend-against'], confidence: 91 }),
    );
    for (const text of [
      'overlay vetoes · trend-against · confidence 91, as spoken',
      'primary · small-model · $0.000230 · 412 ms',
      '{"verdict":"confirm"}',
      'advice_v1 · SHA-256 5f5f5f5f5f5f… · prompt advice_v1',
    ]) {
      expect(details).toContain(text);
    }
  });

  it('says why there was no advice, and whom it was asked of', () => {
    const failed = {
      by: 'second' as const,
      model: 'm2',
      reason: 'unreachable' as const,
      latencyMs: 31,
      fault: 'HTTP 503',
    };
    const details = detailsOf(aSilence({ reason: 'breaker-open', failed: [failed] }), 'advisory');
    expect(details).toContain('overlay gave no advice (breaker-open) · the fast opinion stands');
    expect(details).toContain('advisory: beside the decision');
    expect(details).toContain('second · m2 · unreachable after 31 ms: HTTP 503');
  });

  it('says what a veto beside the decision does', () => {
    const veto = aConsultation({ verdict: 'veto' });
    const then = 'later entries of the market wait for the horizon to pass';
    expect(detailsOf(veto, 'advisory')).toContain(then);
    expect(detailsOf(veto, 'enabled')).not.toContain(then);
    expect(detailsOf(aConsultation(), 'advisory')).not.toContain(then);
  });

  it('lets no answer break out of its cell', () => {
    const said = 'x |\n| owner | [click](http://evil) <script>';
    const details = detailsOf(aConsultation({}, { said }));
    expect(details).toContain(String.raw`x \| \| owner \| \[click\](http://evil) \<script\>`);
  });

  it('is told by the steps around it', () => {
    const facts = factsWith(aConsultation(), 'enabled');
    expect(consultSummary(facts)).toBe('up · conviction 0.82 · probability 0.61');
    expect(approveSummary({ signal: aSignalWire() }, facts)).toMatch(/ · overlay confirms$/);
  });
});
