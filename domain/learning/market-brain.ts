import { RANKED_STATES_MAX } from '../analysis/conviction.ts';
import { FAST_POLICY } from '../analysis/fast-policy-settings.ts';
import { createCalibrator, type Calibrator, type Direction } from '../analysis/calibrator.ts';
import { directionOf, formOpinion } from '../analysis/fast-policy.ts';
import { readNeighbours, type StateTime } from '../analysis/read-neighbours.ts';
import type { Opinion } from '../analysis/opinion.ts';
import { figuresOf } from '../analysis/vote-figures.ts';
import {
  createStateMemory,
  isMeasurable,
  type Recall,
  type StateMemory,
} from '../analysis/state-memory.ts';
import type { Candidate } from '../market/candidate.ts';
import type { MarketEvent } from '../market/market-event.ts';
import { OvermindError } from '../shared/errors.ts';
import type { MarketId } from '../shared/ids.ts';
import { createLabeller, type Label, type Labeller } from './label-states.ts';

type Thought = { readonly direction: Direction; readonly confidence: number };
type Seen = { readonly event: ObservedState['event']; readonly features: readonly number[] };

/** All that the memory takes of a market's state. */
export type ObservedState = {
  readonly event: Pick<MarketEvent, 'market' | 'marketTimeMs' | 'intervalMs' | 'close'>;
  readonly features?: readonly number[];
  readonly featureVersion: string;
};

/** What the policy found in a state when it came: ranks, distances and calibration are made of these. */
export type StateReading = {
  readonly strength: number;
  readonly distanceToMemory: number;
  /** Undefined where the state was like none before. */
  readonly thought: Thought | undefined;
};

/** What one event did to the memory. */
export type Observation = {
  /** False for an event that was there already. */
  readonly taken: boolean;
  /** True when market time went back: a new run began and the memory started anew. */
  readonly restarted: boolean;
  /** True when the event's state is in the memory from now on. */
  readonly remembered: boolean;
  /** What the policy found in it; undefined where the memory was too small to say. */
  readonly reading: StateReading | undefined;
  readonly labels: readonly Label[];
};

export type MarketBrain = {
  /**
   * `earlier` is the reading of a former life that saw the same events: it spares the look through
   * the whole memory, without which a long history would take minutes to take in again.
   */
  observe(state: ObservedState, earlier?: StateReading): Observation;
  /** Throws `memory/unready` when the memory does not hold what was known at `memoryUpToMs`. */
  analyse(candidate: Candidate): Opinion;
  /**
   * From now on the state of this time has no vote, also when it comes again after a restart. What
   * it did to the calibration stays. False where the memory does not hold it (yet).
   */
  revoke(marketTimeMs: number): boolean;
  /** Market time of the last event; −Infinity before the first. */
  upToMs(): number;
  /** States whose outcome is known. */
  size(): number;
};

/**
 * What a look through the memory found when the newest state came. Most questions are about that
 * state; until something is learnt or revoked the memory would answer them the same.
 */
type Looked = {
  readonly features: readonly number[];
  readonly upToMs: number;
  readonly recall: Recall;
};

/** A life of the memory: one run, one interval, one version of the features. */
type Life = {
  readonly memory: StateMemory | undefined;
  readonly labeller: Labeller;
  readonly calibrator: Calibrator;
  /** What was thought of states whose outcome is not known yet, oldest first. */
  readonly pending: Map<number, Thought>;
  readonly intervalMs: number;
  readonly featureVersion: string;
  readonly dimensions: number;
};

/**
 * Memory and policy of one market. It hears events and nothing else, neither clock nor chance nor
 * which candidates were asked about: the same events give the same opinions, byte for byte.
 */
export function createMarketBrain(
  market: MarketId,
  capacity: number = FAST_POLICY.capacity,
): MarketBrain {
  let life: Life | undefined;
  let latest: Looked | undefined;
  let upToMs = -Infinity;
  let resolved = 0;
  const revoked = new Set<number>();

  const begin = ({ event, featureVersion }: ObservedState): Life => {
    upToMs = -Infinity;
    resolved = 0;
    const { intervalMs } = event;
    return {
      memory: undefined,
      labeller: createLabeller(FAST_POLICY.horizonBars * intervalMs, intervalMs),
      calibrator: createCalibrator(CALIBRATOR),
      pending: new Map(),
      ...{ intervalMs, featureVersion, dimensions: 0 },
    };
  };

  const remember = (
    current: Life,
    { event, features }: Seen,
    earlier: StateReading | undefined,
  ): StateReading | undefined => {
    const memory = current.memory ?? createMemory(features.length, capacity);
    life = { ...current, memory, dimensions: features.length };
    const { marketTimeMs, intervalMs } = event;
    const state = memory.add(marketTimeMs, features);
    current.labeller.watch(state);
    if (revoked.has(marketTimeMs)) memory.revoke(marketTimeMs);
    const recall = earlier ? undefined : memory.recall({ features, upToMs: marketTimeMs });
    latest = recall && { features, upToMs: marketTimeMs, recall };
    const found = earlier ?? readState(recall, { marketTimeMs, intervalMs });
    if (!found) return undefined;
    memory.recordReading(state, found.strength, found.distanceToMemory);
    if (found.thought) current.pending.set(state, found.thought);
    return found;
  };

  return {
    observe(state, earlier) {
      const { event, features } = state;
      checkState(state, market);
      const isSame = life && isOfLife(life, state);
      const restarted = life !== undefined && (!isSame || event.marketTimeMs < upToMs);
      if (!restarted && event.marketTimeMs === upToMs) return NOTHING_NEW;
      const current = life && !restarted ? life : (life = begin(state));

      latest = undefined;
      const { marketTimeMs } = event;
      const labels = current.labeller.add({ marketTimeMs, close: Number(event.close) });
      for (const label of labels) {
        current.memory?.resolve(label.state, label.outcomeBps, label.resolvedMs);
        calibrateBy(current, label);
      }
      resolved += labels.length;
      const reading = features && remember(current, { event, features }, earlier);
      upToMs = marketTimeMs;
      return { taken: true, restarted, remembered: features !== undefined, reading, labels };
    },

    analyse(candidate) {
      const { marketTimeMs, memoryUpToMs, features, featureVersion } = candidate;
      if (!life || upToMs < memoryUpToMs) throw unready(candidate, `it is at ${upToMs}`);
      const { memory, intervalMs, calibrator } = life;
      if (!areUsable(features)) {
        const got = JSON.stringify(features).slice(0, 100);
        const field = 'candidate.features';
        throw new OvermindError('input/invalid', { field, got, expected: USABLE_FEATURES });
      }
      if (!memory) throw unready(candidate, 'no state had features yet');
      if (life.featureVersion !== featureVersion || life.dimensions !== features.length) {
        throw unready(candidate, `its features are ${life.featureVersion}/${life.dimensions}`);
      }
      // Whatever the caller says, nothing from after the candidate's own time may speak.
      const asOfMs = Math.min(memoryUpToMs, marketTimeMs);
      const recall =
        latest && isOf(latest, features, asOfMs)
          ? latest.recall
          : memory.recall({ features, upToMs: asOfMs });
      if (!recall) throw unready(candidate, `it is at ${upToMs}, too far ahead`);
      const earlier = memory.strengthsBefore(asOfMs, RANKED_STATES_MAX);
      return formOpinion({
        ...{ market, recall, earlier, marketTimeMs, intervalMs },
        calibrate: (direction, raw) => calibrator.calibrate(direction, raw, asOfMs),
      });
    },

    revoke(marketTimeMs) {
      revoked.add(marketTimeMs);
      latest = undefined;
      return life?.memory?.revoke(marketTimeMs) ?? false;
    },
    upToMs: () => upToMs,
    size: () => Math.min(resolved, capacity),
  };
}

const CALIBRATOR = {
  refitEvery: FAST_POLICY.refitEvery,
  samplesMax: FAST_POLICY.calibrationSamples,
  // Outcomes of neighbouring bars share all but one bar of their horizon.
  sampleWeight: 1 / FAST_POLICY.horizonBars,
} as const;

const isOf = (looked: Looked, features: readonly number[], asOfMs: number): boolean =>
  looked.upToMs === asOfMs &&
  looked.features.length === features.length &&
  looked.features.every((value, at) => value === features[at]);

function readState(recall: Recall | undefined, time: StateTime): StateReading | undefined {
  if (!recall || !isMeasurable(recall)) return undefined;
  const reading = readNeighbours(recall, time);
  const { rawProbability: confidence } = figuresOf(reading.vote, recall.figures);
  return {
    strength: reading.strength,
    distanceToMemory: recall.distanceToMemory,
    thought: reading.known ? { direction: directionOf(reading), confidence } : undefined,
  };
}

function calibrateBy({ pending, calibrator }: Life, label: Label): void {
  const thought = pending.get(label.state);
  // Labels come in order, so what is older has lost its outcome to a gap.
  for (const state of pending.keys()) {
    if (state > label.state) break;
    pending.delete(state);
  }
  if (!thought) return;
  const { direction, confidence } = thought;
  const sample = { confidence, cameTrue: label.outcomeBps > 0 };
  calibrator.learn(direction, sample, label.resolvedMs);
}

const NOTHING_NEW: Observation = {
  taken: false,
  restarted: false,
  remembered: false,
  reading: undefined,
  labels: [],
};

function createMemory(dimensions: number, capacity: number): StateMemory {
  return createStateMemory({ dimensions, neighbours: FAST_POLICY.neighbours, capacity });
}

/** Another interval or other features are another feed: distances and horizons would not compare. */
function isOfLife(life: Life, { event, featureVersion, features }: ObservedState): boolean {
  return (
    life.intervalMs === event.intervalMs &&
    life.featureVersion === featureVersion &&
    (!features || !life.memory || features.length === life.dimensions)
  );
}

/** One wrong number would make every later distance wrong, so a bad state is refused whole. */
function checkState({ event, features }: ObservedState, market: MarketId): void {
  const close = Number(event.close);
  const bad =
    (event.market === market ? undefined : ['event.market', event.market, market]) ??
    (Number.isSafeInteger(event.marketTimeMs)
      ? undefined
      : ['event.marketTimeMs', String(event.marketTimeMs), 'whole milliseconds']) ??
    (event.intervalMs > 0
      ? undefined
      : ['event.intervalMs', String(event.intervalMs), 'above zero']) ??
    (Number.isFinite(close) && close > 0
      ? undefined
      : ['event.close', event.close, 'a price above zero']) ??
    (!features || areUsable(features)
      ? undefined
      : ['features', JSON.stringify(features).slice(0, 100), USABLE_FEATURES]);
  if (!bad) return;
  const [field = '', got = '', expected = ''] = bad;
  throw new OvermindError('input/invalid', { field, got, expected });
}

const FEATURE_SIZE_MAX = 1_000_000;
const USABLE_FEATURES = `numbers of ${FEATURE_SIZE_MAX} at most`;

/** Squares of larger ones would leave float32, and a distance that is NaN sorts anywhere. */
function areUsable(features: readonly number[]): boolean {
  return features.length > 0 && features.every((one) => Math.abs(one) <= FEATURE_SIZE_MAX);
}

function unready({ market, memoryUpToMs }: Candidate, fault: string): OvermindError {
  return new OvermindError('memory/unready', { market, wantedMs: memoryUpToMs, fault });
}
