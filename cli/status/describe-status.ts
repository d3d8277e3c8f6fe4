import { humanChange } from '../../domain/shared/human-amounts.ts';
import { facts } from '../table.ts';
import type { StatusReport, Unavailable } from './status-report.ts';

/** Realised results are in USDC, the quote of every market. */
const QUOTE = { symbol: 'USDC', decimals: 6 };

export function describeStatus(report: StatusReport): string {
  const { mode, state, reasons, wallet, marketTime, processes, realisedPnl, addresses } = report;
  const pairs: (readonly [string, string])[] = [
    ['state', [`${state} (${mode})`, ...reasons].join(' · ')],
    ...marketPairs(report),
    ['run', runText(report)],
    ['market time', marketTime ?? 'no clock is published'],
    ['wallet', wallet ?? 'unknown'],
    ['trades', countsText(report.trades)],
    ['permits', countsText(report.permits)],
    [
      'realised',
      realisedPnl === null ? '' : `${humanChange(realisedPnl, QUOTE.decimals)} ${QUOTE.symbol}`,
    ],
    ['positions', positionsText(report)],
    ['executor', executorText(report)],
    ['brain', brainText(report)],
    ...Object.entries(processes).map(
      ([name, { pid, alive, ready }]) =>
        [`  ${name}`, `pid ${pid}${alive ? (ready ? '' : ', starting') : ', GONE'}`] as const,
    ),
    ...Object.entries(addresses).map(([name, address]) => [`  ${name}`, address] as const),
  ];
  return facts(pairs);
}

/** Only where a market's state is another one than the system's: the rest would say nothing new. */
function marketPairs({ state, markets }: StatusReport): (readonly [string, string])[] {
  return Object.entries(markets).flatMap(([id, market]) =>
    market.state === state ? [] : [[`  ${id}`, [market.state, ...market.reasons].join(' · ')]],
  );
}

const isUnavailable = (part: object): part is Unavailable => 'unavailable' in part;
const missing = ({ unavailable }: Unavailable): string => `not known: ${unavailable}`;

function runText({ run }: StatusReport): string {
  if ('unavailable' in run) return missing(run);
  const parts = [run.id, run.feed, run.state, run.phase === run.state ? null : run.phase];
  if (run.phase === 'warming') parts.push(`${run.warmedBars} bars`);
  if (run.events !== null) parts.push(`${run.events} events, ${run.candidates} candidates`);
  if (run.legsInFlight) parts.push(`${run.legsInFlight} legs in flight`);
  return parts.filter((part) => part !== null).join(' · ');
}

function countsText(counts: StatusReport['trades']): string {
  if (isUnavailable(counts)) return missing(counts);
  const text = Object.entries(counts).map(([name, count]) => `${name} ${String(count)}`);
  return text.length === 0 ? 'none yet' : text.join(' · ');
}

function positionsText({ positions }: StatusReport): string {
  if (isUnavailable(positions)) return missing(positions);
  if (positions.length === 0) return 'none open';
  return positions.map(({ market, status }) => `${market} ${status}`).join(' · ');
}

function executorText({ executor }: StatusReport): string {
  if (isUnavailable(executor)) return missing(executor);
  const { executorEpoch, haltEpoch, halted, leaseEndsInMs, headSlot, markets } = executor;
  const all = Object.entries(markets);
  const fresh = all.filter(([, market]) => market.fresh).length;
  return [
    `epoch ${executorEpoch}`,
    `halt epoch ${haltEpoch}${halted ? ', HALTED' : ''}`,
    `lease ends in ${leaseEndsInMs} ms`,
    `slot ${headSlot}`,
    `${fresh} of ${all.length} markets fresh`,
  ].join(' · ');
}

function brainText({ brain }: StatusReport): string {
  if (isUnavailable(brain)) return missing(brain);
  const states = Object.entries(brain.memory).map(([market, size]) => `${market} ${size}`);
  return [states.join(', ') || 'no memory yet', `Chroma ${brain.chroma}`].join(' · ');
}
