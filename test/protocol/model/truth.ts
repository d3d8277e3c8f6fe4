import type { PermitFields } from '../../../domain/risk/permit.ts';
import { splitPermitId, type PermitId } from '../../../domain/shared/ids.ts';
import type { Ledger, PermitRow } from './ledger.ts';
import type { Sent } from './chain.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

/** What an executor was at the moment it handed bytes to a socket. */
export type SendMoment = {
  readonly executor: string;
  readonly permit: PermitFields;
  readonly sent: Sent;
  readonly executorEpoch: number;
  /** Of the executor's own host. */
  readonly wallMs: number;
  readonly trueMs: number;
  readonly chainHeight: number;
  readonly isInJournal: boolean;
  /** The halt epoch that this executor has acknowledged last and not resumed from; else undefined. */
  readonly acknowledgedHalt: number | undefined;
};

export type Limits = {
  readonly exposureMax: bigint;
  readonly buyMax: bigint;
  readonly tipMax: bigint;
};

/**
 * Nobody in the model sees all of this; here everything that happened is kept and held against the
 * invariants of the protocol, at each moment and at the end.
 */
export function createTruth(ledger: Ledger, limits: Limits) {
  /** Who was signed for: signature → permit. */
  const permitOf = new Map<string, PermitId>();
  const landedLegs = new Map<string, PermitId>();
  const landed = new Map<PermitId, string>();
  const grants = new Map<number, number>();
  let epochs = { executor: 0, halt: 0 };
  /** Signatures that could still land when a stop was called quiet. */
  const quiet: ((signature: string) => boolean)[] = [];
  const counts = { sends: 0, landings: 0, failures: 0, halts: 0, failOvers: 0, resumes: 0 };

  let violation: Violation | undefined;

  const fail = (invariant: string, facts: Readonly<Record<string, unknown>>): never => {
    // Whoever called may swallow what is thrown here: the schedule asks for it after each step.
    violation ??= new Violation(`${invariant} ${JSON.stringify(facts, plain)}`);
    throw violation;
  };
  const must = (holds: boolean, invariant: string, facts: () => Record<string, unknown>): void => {
    if (!holds) fail(invariant, facts());
  };

  return {
    counts,
    get violation() {
      return violation;
    },
    note(error: Violation): void {
      violation ??= error;
    },
    permitOf,
    landed,
    must,

    /** Postgres has granted a lease until then; only the newest epoch is ever given more. */
    onLease(epoch: number, untilMs: number): void {
      const newest = Math.max(0, ...grants.keys());
      must(epoch >= newest, 'a superseded executor was given a lease', () => ({ epoch, newest }));
      grants.set(epoch, untilMs);
    },

    onSend(moment: SendMoment): void {
      const { permit, sent, executorEpoch, trueMs, wallMs, acknowledgedHalt } = moment;
      const facts = () => ({ ...moment });
      counts.sends += 1;
      permitOf.set(sent.signature, permit.id);
      const row = ledger.row(permit.id);
      must(isApproved(row, permit), '(6) nobody approved what is sent', facts);
      must(permit.executorEpoch === executorEpoch, '(6) a permit of another epoch is sent', facts);
      must(trueMs < (grants.get(executorEpoch) ?? 0), '(6) sent without a lease', facts);
      must(wallMs < permit.validUntilMs, '(6) sent after its time', facts);
      must(moment.chainHeight <= permit.validUntilHeight, '(6) sent after its height', facts);
      must(isWithin(permit, limits), '(6) sent beyond the limits of the executor', facts);
      must(sent.amountIn === permit.amountIn, '(6) other amounts are sent than approved', facts);
      must(sent.minAmountOut >= permit.minAmountOut, '(6) a worse price is accepted', facts);
      must(sent.minAmountOut > 0n, '(6) nothing is wanted in return', facts);
      must(sent.tip <= permit.tipMax, '(6) more tip is paid than approved', facts);
      const ofThisFlatten = permit.reduceOnly && permit.flattenOf === acknowledgedHalt;
      must(
        acknowledgedHalt === undefined || ofThisFlatten,
        '(3) sent after the halt was acknowledged',
        facts,
      );
      must(moment.isInJournal, '(4) sent and not in the journal', facts);
      const others = [...permitOf].filter(([, id]) => id === permit.id);
      must(others.length === 1, '(1) signed twice', () => ({ ...facts(), others }));
    },

    /** The bytes left a buffer of ours later than they were written. */
    onLateWrite(acknowledgedHalt: number | undefined, permit: PermitFields): void {
      const ofThisFlatten = permit.reduceOnly && permit.flattenOf === acknowledgedHalt;
      must(
        acknowledgedHalt === undefined || ofThisFlatten,
        '(3) bytes left after the halt was acknowledged',
        () => ({ permit }),
      );
    },

    onIncluded(sent: Sent): void {
      const id = permitOf.get(sent.signature) ?? '';
      must(id !== '', '(6) landed without a permit', () => ({ ...sent }));
      const row = ledger.row(id);
      must(row?.status !== 'refused', '(5) a refused permit was executed', () => ({ id }));
      must(row?.status !== 'expired', '(5) an expired permit was executed', () => ({ id }));
      must(
        quiet.every((could) => could(sent.signature)),
        'landed after QUIESCED',
        () => ({ id }),
      );
    },

    onQuiet: (couldLand: (signature: string) => boolean) => void quiet.push(couldLand),

    /** A fork may have included and forgotten more: what counts is what is final. */
    onFinal(signature: string, error: string | undefined): void {
      const id = permitOf.get(signature);
      if (id === undefined) return;
      const before = landed.get(id);
      must(before === undefined || before === signature, '(1) a permit landed twice', () => ({
        id,
      }));
      if (before !== undefined) return;
      landed.set(id, signature);
      if (error !== undefined) {
        counts.failures += 1;
        return;
      }
      counts.landings += 1;
      const { signalId, leg } = splitPermitId(id) ?? { signalId: '', leg: '' };
      const other = landedLegs.get(`${signalId}/${leg}`);
      must(other === undefined || other === id, '(2) a leg landed twice', () => ({ id, other }));
      landedLegs.set(`${signalId}/${leg}`, id);
    },

    /** A new attempt has been approved: none before it may still land. */
    onApproved(row: PermitRow, isAlive: (signature: string) => boolean): void {
      const { signalId, leg } = row.signal;
      for (const [signature, id] of permitOf) {
        const other = splitPermitId(id);
        if (id === row.permit.id || other?.signalId !== signalId || other.leg !== leg) continue;
        must(!isAlive(signature), '(2) two live attempts of one leg', () => ({
          id: row.permit.id,
          other: id,
        }));
      }
      this.onExposure();
    },

    onExposure(): void {
      const { reserved, spent } = ledger.exposure;
      must(
        reserved + spent <= limits.exposureMax && reserved >= 0n && spent >= 0n,
        '(7) reserved + spent beyond the limit, or below nothing',
        () => ({ reserved, spent }),
      );
    },

    onEpochs(): void {
      const { executorEpoch, haltEpoch } = ledger.control;
      const rises = executorEpoch >= epochs.executor && haltEpoch >= epochs.halt;
      must(rises, '(8) an epoch fell', () => ({ ...epochs, executorEpoch, haltEpoch }));
      epochs = { executor: executorEpoch, halt: haltEpoch };
    },
  };
}

export type Truth = ReturnType<typeof createTruth>;

const isApproved = (row: PermitRow | undefined, permit: PermitFields): boolean =>
  row !== undefined &&
  Object.entries(row.permit).every(
    ([field, value]) => permit[field as keyof PermitFields] === value,
  );

const isWithin = (permit: PermitFields, { buyMax, tipMax }: Limits): boolean =>
  permit.tipMax <= tipMax && (permit.side === 'sell' || permit.amountIn <= buyMax);

const plain = (key: string, value: unknown): unknown =>
  key === 'template' ? undefined : typeof value === 'bigint' ? String(value) : value;
