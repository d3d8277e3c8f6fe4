import type { SearchAttributePair } from '@temporalio/common';
import type { LivePermit } from '../domain/control/halt-view.ts';
import { humanDuration } from '../domain/shared/human-amounts.ts';
import { cutToBytes, detailsTable, oneLine, SUMMARY_BYTES_MAX } from './details-table.ts';
import type { HaltFacts, HaltResult } from './halt-facts.ts';
import { attributes } from './search-attributes.ts';

/** Rows of one kind that are shown; the ledger has them all. */
const SHOWN_MAX = 20;

export type HaltDescription = {
  readonly summary: string;
  readonly details: string;
  readonly attributes: readonly SearchAttributePair[];
};

/** The one description of a halt: every surface shows the same facts. */
export function describeHalt(facts: HaltFacts): HaltDescription {
  const summary = cutToBytes(oneLine(headlineOf(facts)), SUMMARY_BYTES_MAX);
  return {
    summary,
    details: detailsTable(summary, rowsOf(facts)),
    attributes: attributesOf(facts),
  };
}

function headlineOf({ stage, reason, haltEpoch }: HaltFacts): string {
  const word = stage === 'stopping' ? 'STOP' : stage.toUpperCase();
  const epoch = haltEpoch === undefined ? '' : ` · halt epoch ${haltEpoch}`;
  return `${word} · ${reason}${epoch}`;
}

type Row = readonly [what: string, about: string];

function rowsOf(facts: HaltFacts): readonly Row[] {
  const { roads, live, open, landable = [], tradesTold, notFlat, flatten } = facts;
  const rows: Row[] = [
    ['stop', facts.stopId],
    ['reason', facts.reason],
  ];
  if (roads) {
    rows.push(['executor', roads.executor], ['Postgres', roads.postgres], ['bus', roads.bus]);
  }
  rows.push(['FENCED', afterOf(facts, facts.fencedAtMs, 'no executor signs anything new')]);
  if (facts.fencedAtMs !== undefined) {
    rows.push(
      ['could still have landed', listOf(landable.map(permitText))],
      ['QUIESCED', afterOf(facts, facts.quiescedAtMs, 'nothing signed can land any more')],
      ['without a proven end', listOf(live.map(permitText))],
      ['positions', listOf(open.map(({ market, status }) => `${market} ${status}`))],
      ['trades told', String(tradesTold)],
    );
  }
  if (flatten) {
    rows.push(['FLAT', afterOf(facts, facts.flatAtMs, 'the chain shows no position any more')]);
    if (facts.flatAtMs === undefined) rows.push(['not flat because', listOf(notFlat)]);
  }
  if (facts.stage !== 'resumed' && facts.stage !== 'superseded') {
    rows.push([
      'to go on',
      'npx overmind resume, by two operators; npx overmind flatten closes all that is held',
    ]);
  }
  return rows;
}

function afterOf({ startedAtMs }: HaltFacts, atMs: number | undefined, meaning: string): string {
  return atMs === undefined ? `not yet: ${meaning}` : `after ${tookText(atMs - startedAtMs)}`;
}

const tookText = (ms: number): string => (ms < 10_000 ? `${ms} ms` : humanDuration(ms));

const permitText = ({ permitId, status, signature }: LivePermit): string =>
  `${permitId} ${status}${signature === undefined ? '' : ` ${signature}`}`;

function listOf(texts: readonly string[]): string {
  if (texts.length === 0) return 'none';
  const more = texts.length > SHOWN_MAX ? ` · and ${texts.length - SHOWN_MAX} more` : '';
  return texts.slice(0, SHOWN_MAX).join(' · ') + more;
}

function attributesOf({ stage, haltEpoch }: HaltFacts): readonly SearchAttributePair[] {
  const isHalted = stage !== 'resumed' && stage !== 'superseded';
  return [
    { key: attributes.Halted, value: isHalted },
    ...(haltEpoch === undefined ? [] : [{ key: attributes.HaltEpoch, value: haltEpoch }]),
  ];
}

/** A summary is written before its step runs: it tells what is waited for. */
export function waitSummary({ stage, live, open, flatten, notFlat }: HaltFacts): string {
  if (live.length > 0) return `${stage} · ${live.length} permits without a proven end`;
  if (flatten && stage !== 'flat') {
    return `${stage} · ${notFlat[0] ?? `${open.length} positions to close`}`;
  }
  return `${stage} · until operators resume`;
}

export function haltResult(facts: HaltFacts): HaltResult {
  const { startedAtMs, fencedAtMs = startedAtMs, quiescedAtMs, flatAtMs } = facts;
  return {
    end: facts.stage === 'superseded' ? 'superseded' : 'resumed',
    haltEpoch: facts.haltEpoch ?? 0,
    reason: facts.reason,
    fencedAfterMs: fencedAtMs - startedAtMs,
    ...(quiescedAtMs === undefined ? {} : { quiescedAfterMs: quiescedAtMs - startedAtMs }),
    ...(flatAtMs === undefined ? {} : { flatAfterMs: flatAtMs - startedAtMs }),
    landable: (facts.landable ?? []).map(permitText),
  };
}
