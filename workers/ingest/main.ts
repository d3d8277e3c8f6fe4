import { runProcess, type ProcessContext } from '../run-process.ts';
import { momentsOf } from '../../domain/market/moments.ts';
import { openParts, type Parts } from './open-parts.ts';
import { persist } from '../persist.ts';
import { startWatching } from './start-watching.ts';
import { tradeLine } from '../trade-line.ts';
import { tradeMoments } from './trade-moments.ts';
import { warmUp } from './warm-up.ts';

async function main(context: ProcessContext): Promise<void> {
  const parts = await openParts(context);
  const { bars, warmupEndMs, lastMs } = parts.feed.description;
  context.ready({ run: parts.runId, bars, warmupEndMs, lastMs });
  try {
    await runFeed(context, parts);
  } catch (error) {
    // Whatever is torn off by the stop is no fault.
    if (!parts.stop.signal.aborted) throw error;
  }
}

/** History, then trading, then only what is open: that is watched until the process ends. */
async function runFeed(context: ProcessContext, parts: Parts): Promise<void> {
  const { feed, cursorMs, tracks, streams, report, pools, patience, cursor } = parts;
  const { description } = feed;
  const { solUsdc } = context.config;

  const moments = momentsOf(feed.events());
  const first = await warmUp(moments, { description, cursorMs, tracks, streams, report });
  const newest = tracks.newest();
  const prices = newest.map(({ market, event }) => ({ market, price: event.close }));
  // Every pool exists before the first trade, at the price it would have by now.
  const poolSlot = await persist(() => pools.set(prices), patience);

  const beginMs = Math.max(description.warmupEndMs, cursorMs ?? -Infinity);
  const { clock, watch, anchorPublished, isEnding } = await startWatching(context, parts, beginMs);
  watch.see({
    events: newest.map(({ event }) => event),
    poolSlot,
    solPrice: tracks.solPrice() ?? solUsdc,
    receivedNs: process.hrtime.bigint(),
  });
  await tradeMoments(first, moments, {
    ...parts,
    solUsdc,
    watch,
    clock,
    anchorPublished,
    onStreamed: parts.publishing.record,
    onDone: cursor.set,
    onPublished({ candidates, exits }) {
      for (const { signalId, screen, price, poolSlot } of candidates) {
        context.log.info(
          { ...tradeLine(signalId), screen, price, poolSlot },
          'candidate published',
        );
      }
      for (const { signalId, reason, price } of exits) {
        context.log.info({ ...tradeLine(signalId), reason, price }, 'exit wanted');
      }
    },
    isEnding,
  });
  if (patience.signal.aborted) return;

  clock.end(description.lastMs);
  report.update({ phase: 'ended', legsInFlight: clock.legsInFlight(), staleMarkets: [] });
  const { events, candidates } = report.state();
  context.log.info({ events, candidates }, 'feed ended');
}

await runProcess('ingest', main);
