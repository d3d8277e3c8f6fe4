import type { Consultation, FailedAttempt } from '../domain/analysis/consultation.ts';
import { consultationText } from './step-summaries.ts';
import type { TradeFacts } from './trade-facts.ts';
import type { Row } from './trade-rows.ts';

const HASH_SHOWN = 12;

/** What the overlay was asked, what it said, who it was, and what that took. */
export function overlayRows({ consultation, setting }: TradeFacts): Row[] {
  if (!consultation) return [];
  const { promptVersion, promptHash, asked } = consultation;
  const beside = setting.overlay?.mode === 'advisory' ? ' · advisory: beside the decision' : '';
  const rows: Row[] = [['overlay', `${verdictText(consultation)}${beside}`]];
  if (consultation.answered) {
    rows.push(['overlay answered', answerText(consultation)], ['overlay said', consultation.said]);
  }
  for (const attempt of consultation.failed) rows.push(['overlay attempt', attemptText(attempt)]);
  if (asked !== undefined) {
    const hash = promptHash?.slice(0, HASH_SHOWN) ?? 'unknown';
    rows.push(['overlay was asked', `${promptVersion} · SHA-256 ${hash}… · ${asked}`]);
  }
  return rows;
}

function verdictText(consultation: Consultation): string {
  const text = consultationText(consultation);
  if (!consultation.answered) {
    return `${text} · the fast opinion stands · ${costText(consultation)}`;
  }
  const { reasons, confidence } = consultation.advice;
  return `${text} · ${reasons.join(', ')} · confidence ${confidence}, as spoken`;
}

function answerText(consultation: Extract<Consultation, { answered: true }>): string {
  const { by, model, cached } = consultation;
  const again = cached ? ' · an earlier answer to the same prompt' : '';
  return `${by} · ${model} · ${costText(consultation)}${again}`;
}

const costText = ({ costMicroUsd, latencyMs }: Consultation): string =>
  `$${(costMicroUsd / 1_000_000).toFixed(6)} · ${latencyMs} ms`;

const attemptText = ({ by, model, reason, latencyMs, fault }: FailedAttempt): string =>
  `${by} · ${model} · ${reason} after ${latencyMs} ms: ${fault}`;
