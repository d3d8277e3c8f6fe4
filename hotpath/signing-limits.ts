import type { RefusalReason } from '../domain/execution/execution-report.ts';
import type { Permit } from '../domain/risk/permit.ts';
import type { MarketId, PermitId } from '../domain/shared/ids.ts';
import type { QuoteUnits } from '../domain/shared/units.ts';
import { createBucketSum } from './bucket-sum.ts';
import { createMoments, type Moments } from './moments.ts';
import { createSignedParents } from './signed-parents.ts';

/** What the executor itself signs at most, whatever risk approved. */
export type SigningLimitValues = {
  readonly signaturesPerMinuteMax: number;
  /** What all buys of a minute may put in. */
  readonly buysPerMinuteMax: QuoteUnits;
  /** What the buys may put in that are signed and can still land. */
  readonly inFlightMax: QuoteUnits;
  /** Signatures of one market and side within the window. */
  readonly repeatsMax: number;
  readonly repeatsWindowMs: number;
};

type Broken = Extract<RefusalReason, 'over-rate' | 'over-in-flight' | 'repeated'>;

export type SigningLimits = {
  /** The limit that signing this permit now would break. */
  brokenBy(permit: Permit, monotonicMs: number, height: number): Broken | undefined;
  /** Counts what was signed, also where no byte of it left: that errs on the safe side. */
  record(permit: Permit, monotonicMs: number, lastValidHeight: number): void;
  /** An earlier life has signed it. */
  remember(id: PermitId): void;
};

const MINUTE_MS = 60_000;
const BUCKET_MS = 1_000;
/** The second that has begun and the sixty before it: a part of a second counts as a whole one. */
const MINUTE_BUCKETS = MINUTE_MS / BUCKET_MS + 1;
/** A blockhash lives 150 blocks; a chain that gave it more would still be counted in full. */
const HEIGHT_BUCKETS = 512;
const PARENTS_KEPT = 65_536;
/**
 * An exit shrinks a risk and can sell no more than the wallet holds, so that entries must never
 * use up its room: it may go to twice the number of signatures. It is not free of them, because a
 * loop that sells without end pays fee and tip each time.
 */
const EXIT_ROOM = 2;

type Sides = Readonly<Record<Permit['side'], Moments>>;

/**
 * Counts by the monotonic clock and by block height; a wall clock that is set changes nothing. Each
 * life of the executor counts from zero, apart from the entries it is told to `remember`: permits
 * of an older life are dead with its epoch, and a supervisor gives up on one that keeps dying.
 */
export function createSigningLimits(
  values: SigningLimitValues,
  parentsKept: number = PARENTS_KEPT,
): SigningLimits {
  const { signaturesPerMinuteMax, repeatsMax, repeatsWindowMs } = values;
  const signed = createMoments(signaturesPerMinuteMax * EXIT_ROOM);
  const bought = createBucketSum(MINUTE_BUCKETS);
  const inFlight = createBucketSum(HEIGHT_BUCKETS);
  const repeats = new Map<MarketId, Sides>();
  const parents = createSignedParents(parentsKept);

  return {
    brokenBy(permit, monotonicMs, height) {
      const { side, amountIn } = permit;
      const room = isExit(permit) ? EXIT_ROOM : 1;
      if (monotonicMs - signed.nthLast(signaturesPerMinuteMax * room) < MINUTE_MS) {
        return 'over-rate';
      }
      if (side === 'buy') {
        const inMinute = bought.totalFrom(bucketOf(monotonicMs) - MINUTE_BUCKETS + 1);
        if (inMinute + amountIn > values.buysPerMinuteMax) return 'over-rate';
        if (inFlight.totalFrom(height) + amountIn > values.inFlightMax) return 'over-in-flight';
      }
      const same = repeats.get(permit.market)?.[side];
      if (same && monotonicMs - same.nthLast(repeatsMax * room) < repeatsWindowMs) {
        return 'repeated';
      }
      // An entry is tried once. A position must be sold, so an exit that missed is tried again.
      return permit.leg === 'entry' && parents.has(permit.id) ? 'repeated' : undefined;
    },
    record(permit, monotonicMs, lastValidHeight) {
      signed.add(monotonicMs);
      if (permit.side === 'buy') {
        bought.add(bucketOf(monotonicMs), permit.amountIn);
        inFlight.add(lastValidHeight, permit.amountIn);
      }
      let sides = repeats.get(permit.market);
      if (!sides) {
        const capacity = repeatsMax * EXIT_ROOM;
        sides = { buy: createMoments(capacity), sell: createMoments(capacity) };
        repeats.set(permit.market, sides); // Once a market: only registered ones are ever signed.
      }
      sides[permit.side].add(monotonicMs);
      if (permit.leg === 'entry') parents.add(permit.id);
    },
    remember: (id) => parents.add(id),
  };
}

const bucketOf = (monotonicMs: number): number => Math.floor(monotonicMs / BUCKET_MS);

/** A buy that calls itself an exit is none. */
const isExit = ({ leg, side, reduceOnly }: Permit): boolean =>
  leg === 'exit' && side === 'sell' && reduceOnly;
