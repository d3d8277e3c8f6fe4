import { describe, expect, it } from 'vitest';
import { createMarketBrain, type MarketBrain } from '../../../domain/learning/market-brain.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import type { OvermindError } from '../../../domain/shared/errors.ts';
import {
  candidateOf,
  eventsOf,
  recordingOf,
  statesOf,
  syntheticStates,
} from '../../support/market-states.ts';

const states = await syntheticStates(900);
const recording = recordingOf('SOLUSDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz');
const MARKET = 'SOL-USDC';

function brainAfter(seen: readonly MarketState[]): MarketBrain {
  const brain = createMarketBrain(MARKET);
  for (const state of seen) brain.observe(state);
  return brain;
}

const opinionOf = (brain: MarketBrain, state: MarketState): string =>
  JSON.stringify(brain.analyse(candidateOf(state)));

/** The same times with another price path, and so other outcomes. */
function otherFuture(of: readonly MarketState[], from: number): readonly MarketState[] {
  return of.map((state, at) => {
    if (at < from) return state;
    const { features, event } = state;
    const close = String(Number(event.close) * (1 + ((at % 17) - 8) / 100));
    const other = { ...state, event: { ...event, close } };
    return features ? { ...other, features: features.map((value) => -value) } : other;
  });
}

function failureOf(work: () => unknown): Partial<OvermindError> {
  try {
    work();
  } catch (error) {
    return error as OvermindError;
  }
  throw new Error('nothing was thrown');
}

describe('market brain', () => {
  it('has an opinion of a known state after a warm-up', () => {
    const brain = brainAfter(states);
    const opinion = brain.analyse(candidateOf(states.at(-1)!));
    expect(opinion).toMatchObject({ known: true, policyVersion: 'fast_v2' });
    expect(opinion.memorySize).toBe(brain.size());
    // 200 bars without features, 30 without an outcome yet.
    expect(brain.size()).toBe(900 - 199 - 30);
  });

  it('says the same, byte for byte, whoever was asked about before', () => {
    const quiet = createMarketBrain(MARKET);
    const asked = createMarketBrain(MARKET);
    for (const state of states) {
      quiet.observe(state);
      asked.observe(state);
      if (state.features) asked.analyse(candidateOf(state));
    }
    const last = states.at(-1)!;
    expect(opinionOf(asked, last)).toBe(opinionOf(quiet, last));
  });

  it('takes an event once', () => {
    const [once, twice] = [createMarketBrain(MARKET), createMarketBrain(MARKET)];
    for (const state of states) {
      once.observe(state);
      twice.observe(state);
      expect(twice.observe(state)).toMatchObject({ taken: false, labels: [] });
    }
    expect(opinionOf(twice, states.at(-1)!)).toBe(opinionOf(once, states.at(-1)!));
  });

  it('starts anew when market time goes back', () => {
    const brain = brainAfter(states);
    expect(brain.observe(states[0]!)).toMatchObject({ taken: true, restarted: true });
    expect(brain.size()).toBe(0);
    for (const state of states.slice(1)) brain.observe(state);
    expect(opinionOf(brain, states.at(-1)!)).toBe(opinionOf(brainAfter(states), states.at(-1)!));
  });

  it('starts anew when the interval changes: its outcomes would not compare', () => {
    const brain = brainAfter(states.slice(0, 500));
    const { event, ...rest } = states[500]!;
    const coarser = { ...rest, event: { ...event, intervalMs: 300_000 } };
    expect(brain.observe(coarser)).toMatchObject({ restarted: true });
    expect(brain.size()).toBe(0);
  });

  it('refuses to answer before it has seen what it must', () => {
    const brain = brainAfter(states.slice(0, 500));
    const early = failureOf(() => brain.analyse(candidateOf(states[500]!)));
    expect(early).toMatchObject({ code: 'memory/unready', context: { market: MARKET } });
    const unseen = failureOf(() => createMarketBrain(MARKET).analyse(candidateOf(states[500]!)));
    expect(unseen).toMatchObject({ code: 'memory/unready' });
  });

  it.each([
    ['another version', { featureVersion: 'state_v2' }, 'memory/unready'],
    ['another length', { features: [1, 2, 3] }, 'memory/unready'],
    ['NaN', { features: [NaN] }, 'input/invalid'],
    ['numbers beyond float32', { features: [1e300] }, 'input/invalid'],
  ])('refuses features of %s', (_what, over, code) => {
    const brain = brainAfter(states);
    expect(failureOf(() => brain.analyse(candidateOf(states.at(-1)!, over)))).toMatchObject({
      code,
    });
  });

  it.each([
    ['no price', { close: '0' }],
    ['no number', { close: 'NaN' }],
    ['another market', { market: 'BONK-USDC' }],
    ['no interval', { intervalMs: 0 }],
    ['broken time', { marketTimeMs: 1.5 }],
  ])('refuses an event with %s and stays as it was', (_what, over) => {
    const brain = brainAfter(states);
    const before = opinionOf(brain, states.at(-1)!);
    const { event, ...rest } = states.at(-1)!;
    const bad = { ...rest, event: { ...event, ...over } };
    expect(failureOf(() => brain.observe(bad))).toMatchObject({ code: 'input/invalid' });
    expect(opinionOf(brain, states.at(-1)!)).toBe(before);
  });

  it('is the same brain when it is told what a former life found', () => {
    const [first, second] = [createMarketBrain(MARKET), createMarketBrain(MARKET)];
    for (const state of states) {
      const { reading } = first.observe(state);
      expect(second.observe(state, reading).reading).toEqual(reading);
    }
    expect(opinionOf(second, states.at(-1)!)).toBe(opinionOf(first, states.at(-1)!));
    // And it is told: a former life that had found something else makes another brain.
    const misled = createMarketBrain(MARKET);
    for (const state of states) {
      misled.observe(state, { strength: 1, distanceToMemory: 9, thought: undefined });
    }
    expect(opinionOf(misled, states.at(-1)!)).not.toBe(opinionOf(first, states.at(-1)!));
  });

  it('answers of the newest state what a fresh look through the memory finds', () => {
    // Told its readings, a brain has not looked when the state came: it looks when it is asked.
    const [looked, told] = [createMarketBrain(MARKET), createMarketBrain(MARKET)];
    let revoked = 0;
    for (const state of states) {
      const { reading } = looked.observe(state);
      told.observe(state, reading);
      if (!state.features || looked.size() < 200) continue;
      const said = opinionOf(looked, state);
      expect(said).toBe(opinionOf(told, state));
      if (states.indexOf(state) % 50 !== 0) continue;
      const [first] = looked.analyse(candidateOf(state)).neighbours;
      const timeMs = Number(first?.id.split('@')[1]);
      expect([looked.revoke(timeMs), told.revoke(timeMs)]).toEqual([true, true]);
      expect(opinionOf(looked, state)).not.toBe(said);
      expect(opinionOf(looked, state)).toBe(opinionOf(told, state));
      revoked += 1;
    }
    expect(revoked).toBeGreaterThan(5);
  });

  it('names every memory that voted', () => {
    const opinion = brainAfter(states).analyse(candidateOf(states.at(-1)!));
    expect(opinion.neighbours).toHaveLength(15);
    const weights = opinion.neighbours.reduce((sum, { weight }) => sum + weight, 0);
    expect(weights).toBeCloseTo(1, 2);
  });

  it('takes the vote from a revoked memory at once, and from that one alone', () => {
    const brain = brainAfter(states);
    const last = candidateOf(states.at(-1)!);
    const before = brain.analyse(last).neighbours.map(({ id }) => id);
    const [first = ''] = before;
    expect(brain.revoke(Number(first.split('@')[1]))).toBe(true);
    const after = brain.analyse(last).neighbours.map(({ id }) => id);
    expect(after.slice(0, -1)).toEqual(before.slice(1));
    expect(after).not.toContain(first);
    expect(brain.revoke(states.at(-1)!.event.marketTimeMs + 1)).toBe(false);
  });

  it('gives a memory no vote that was revoked before it came, or before its outcome', () => {
    const last = candidateOf(states.at(-1)!);
    const [{ id } = { id: '' }] = brainAfter(states).analyse(last).neighbours;
    const timeMs = Number(id.split('@')[1]);
    const early = createMarketBrain(MARKET);
    early.revoke(timeMs);
    const between = createMarketBrain(MARKET);
    for (const state of states) {
      early.observe(state);
      between.observe(state);
      if (state.event.marketTimeMs === timeMs) between.revoke(timeMs);
    }
    for (const brain of [early, between]) {
      expect(brain.analyse(last).neighbours.map((one) => one.id)).not.toContain(id);
    }
    expect(opinionOf(early, states.at(-1)!)).toBe(opinionOf(between, states.at(-1)!));
  });

  it('knows nothing of a state like none before', () => {
    const brain = brainAfter(states);
    const features = states.at(-1)!.features!.map((_, at) => (at % 2 === 0 ? 3 : -3));
    const opinion = brain.analyse(candidateOf(states.at(-1)!, { features }));
    expect(opinion).toMatchObject({ known: false, direction: 'flat', conviction: 0 });
  });
});

const futures: [string, readonly MarketState[]][] = [['synthetic data', states]];
if (recording) {
  const events = await eventsOf({ kind: 'replay', files: [recording], bars: 1_500 });
  futures.push(['recorded data', statesOf(events)]);
}

describe.each(futures)('nothing from ahead of the market clock, over %s', (_name, all) => {
  it.each([250, 400, 600, 850])('changes the opinion at bar %i', (at) => {
    const now = all[at]!;
    const inTime = opinionOf(brainAfter(all.slice(0, at + 1)), now);
    // With the future there, with another future, and asked long after.
    expect(opinionOf(brainAfter(all), now)).toBe(inTime);
    const other = otherFuture(all, at + 1);
    expect(opinionOf(brainAfter(other), now)).toBe(inTime);
    // The changed future does matter to those who live in it: the test can fail.
    const later = all.length - 1;
    expect(opinionOf(brainAfter(other), other[later]!)).not.toBe(
      opinionOf(brainAfter(all), all[later]!),
    );
  });

  it('hears no outcome that became known later than the memory may know', () => {
    const at = 700;
    const now = all[at]!;
    const earlier = all[at - 100]!.event.marketTimeMs;
    const brain = brainAfter(all);
    const opinion = brain.analyse(candidateOf(now, { memoryUpToMs: earlier }));
    const horizonMs = opinion.horizonMs;
    for (const { id } of opinion.neighbours) {
      expect(Number(id.split('@')[1]) + horizonMs).toBeLessThanOrEqual(earlier);
    }
    // And a caller who claims to know more than its own time is not believed.
    const claimed = candidateOf(now, { memoryUpToMs: all[at + 100]!.event.marketTimeMs });
    expect(JSON.stringify(brain.analyse(claimed))).toBe(opinionOf(brain, now));
  });
});
