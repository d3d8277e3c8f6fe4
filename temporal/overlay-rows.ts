import type { Consultation, FailedAttempt } from '../domain/analysis/consultation.ts';
import { consultationText } from './step-summaries.ts';
import type { TradeFacts } from './trade-facts.ts';
import type { Row } from './trade-rows.ts';

const HASH_SHOWN = 12;

/** What the overlay was asked, what it said, who it was, and what that took. */
export function overlayRows({ consultation, setting }: TradeFacts): Row[] {
  if (!consultation) return [];
  const rows = adviceRows(consultation, setting.overlay?.mode === 'advisory');
  const { asked } = consultation;
  if (asked !== undefined)
    rows.push(['overlay was asked', `${promptText(consultation)} · ${asked}`]);
  return rows;
}

/** The same without the prompt's text. */
export function adviceRows(consultation: Consultation, beside: boolean): Row[] {
  const rows: Row[] = [
    ['overlay', `${verdictText(consultation)}${beside ? besideText(consultation) : ''}`],
  ];
  if (consultation.answered) {
    rows.push(['overlay answered', answerText(consultation)], ['overlay said', consultation.said]);
  }
  for (const attempt of consultation.failed) rows.push(['overlay attempt', attemptText(attempt)]);
  return rows;
}

/** Its version and which bytes it was. */
export function promptText({ promptVersion, promptHash }: Consultation): string {
  if (promptVersion === undefined) return '';
  return `${promptVersion} · SHA-256 ${promptHash?.slice(0, HASH_SHOWN) ?? 'unknown'}…`;
}

function besideText(consultation: Consultation): string {
  const vetoes = consultation.answered && consultation.advice.verdict === 'veto';
  const then = vetoes ? '; later entries of the market wait for the horizon to pass' : '';
  return ` · advisory: beside the decision${then}`;
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
