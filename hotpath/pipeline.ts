import type { ExecutionReport, RefusalReason } from '../domain/execution/execution-report.ts';
import type { Permit, Route } from '../domain/risk/permit.ts';
import { encodeBase58 } from '../domain/shared/base58.ts';
import type { ChainView } from './chain-view.ts';
import type { Control } from './control.ts';
import type { Journal } from './journal.ts';
import type { JournalIndex } from './journal-index.ts';
import type { Look, LookTimes } from './last-look.ts';
import { readPermit, type PermitAuthenticator, type PermitEntry } from './read-permit.ts';
import type { Seen } from './seen.ts';
import type { SigningLimits } from './signing-limits.ts';
import type { Stages } from './stages.ts';
import type { PreparedSwap, Templates } from './templates.ts';

/** Connections that are open already. Everything here is synchronous and copies what it keeps. */
export type Sender = {
  /** Asked before anything is built. */
  blockedBy(route: Route): 'rate-limited' | 'congested' | undefined;
  /** The same bytes to every endpoint of the route; how many connections took them. */
  send(route: Route, wire: Buffer): number;
};

export type Reporter = {
  /** Not awaited. The entry is acknowledged once its report is stored. */
  report(report: ExecutionReport, entryId: string): void;
  acknowledge(entryId: string): void;
};

export type PipelineDeps = {
  readonly mac: PermitAuthenticator;
  readonly seen: Seen;
  readonly lastLook: (permit: Permit, times: LookTimes) => Look;
  readonly templates: Pick<Templates, 'prepare'>;
  /** Told of every signature; the last look asks it. */
  readonly limits: Pick<SigningLimits, 'record'>;
  readonly signer: { sign(message: Buffer, into: Buffer): void };
  readonly journal: Pick<Journal, 'append'> & { readonly index: Pick<JournalIndex, 'find'> };
  readonly control: Pick<Control, 'executorEpoch' | 'haltEpoch' | 'halted' | 'leaseHolds' | 'halt'>;
  readonly chain: Pick<ChainView, 'blockhash'>;
  readonly sender: Sender;
  readonly reporter: Reporter;
  readonly stages: Pick<Stages, 'record' | 'count'>;
  readonly clock: () => LookTimes & { readonly ns: bigint };
  /** The monotonic clock alone, for the marks between two looks. */
  readonly nowNs: () => bigint;
  /** A newer executor exists: end without touching the entry. */
  readonly superseded: () => void;
};

type Reading = { readonly permit: Permit; readonly entry: PermitEntry; readonly readNs: bigint };

/**
 * The whole path of a permit, from read to report. Nothing in it is awaited: a stop, a new pool or
 * another permit can come before or after, never in between.
 */
export function createPipeline(deps: PipelineDeps) {
  const { mac, seen, lastLook, templates, signer, sender, reporter, stages, clock, nowNs } = deps;
  const { journal, control, chain, limits } = deps;

  return function execute(entry: PermitEntry, readNs: bigint): void {
    const permit = readPermit(entry, mac);
    if (permit === 'bad-mac' || permit === 'unreadable') return ignore(entry, permit);
    const start = clock();
    stages.record('authenticate', start.ns - readNs);
    const reading = { permit, entry, readNs };

    // A newer epoch belongs to a newer executor, its entry and its outcome too.
    if (permit.executorEpoch > control.executorEpoch) return deps.superseded();
    const admission = seen.admit(permit, start);
    if (admission === 'full') return stages.count('seen-full'); // Left pending, to be read again.
    if (admission !== 'new') return ignore(entry, admission);
    // What is forgotten, because a clock lied, this life's journal still knows.
    if (journal.index.find(permit.id)?.executorEpoch === control.executorEpoch) {
      return ignore(entry, 'copy');
    }

    const look = lastLook(permit, start);
    if (look === 'superseded') return deps.superseded();
    if (look === 'uncertain') return uncertain(reading);
    if (look !== undefined) return refuse(reading, look);
    const blocked = sender.blockedBy(permit.route);
    if (blocked) return refuse(reading, blocked);
    const blockhash = chain.blockhash(start.monotonicMs);
    const swap = blockhash && templates.prepare(permit, blockhash.bytes);
    if (!swap) return refuse(reading, 'no-template');
    const lookedNs = nowNs();
    stages.record('look', lookedNs - start.ns);

    signer.sign(swap.message, swap.signature);
    limits.record(permit, start.monotonicMs, blockhash.lastValidHeight);
    const signedNs = nowNs();
    stages.record('sign', signedNs - lookedNs);

    if (!recordSigned(permit, swap, blockhash.lastValidHeight)) {
      return refuse(reading, 'journal-fault');
    }
    const recorded = clock();
    stages.record('journal', recorded.ns - signedNs);

    // Signing takes time, and a pause of the process takes more: both ends once more.
    if (recorded.wallMs >= permit.validUntilMs) return withdraw(reading, 'expired');
    if (!control.leaseHolds()) return withdraw(reading, 'lease-ended');
    if (sender.send(permit.route, swap.wire) === 0) return withdraw(reading, 'congested');
    submitted(reading, swap, blockhash.lastValidHeight, recorded);
  };

  function submitted(
    { permit, entry, readNs }: Reading,
    swap: PreparedSwap,
    lastValidHeight: number,
    recorded: { readonly ns: bigint; readonly wallMs: number },
  ): void {
    const ns = nowNs();
    stages.record('send', ns - recorded.ns);
    stages.record('permitToWire', ns - readNs);
    if (entry.t !== undefined) stages.record('delivery', readNs - BigInt(entry.t));
    stages.count('submitted');
    const signature = encodeBase58(swap.signature);
    seen.conclude(permit.id, { kind: 'submitted', signature, lastValidHeight });
    reporter.report(
      {
        permitId: permit.id,
        kind: 'submitted',
        executorEpoch: control.executorEpoch,
        signature,
        lastValidHeight,
        ...(entry.t === undefined ? {} : { publishedNs: entry.t }),
        readNs: String(readNs),
        wireNs: String(ns),
        reportedAtMs: recorded.wallMs,
      },
      entry.entryId,
    );
  }

  function refuse({ permit, entry, readNs }: Reading, reason: RefusalReason): void {
    stages.count(`refused-${reason}`);
    seen.conclude(permit.id, { kind: 'refused', reason });
    reporter.report(
      {
        permitId: permit.id,
        kind: 'refused',
        executorEpoch: control.executorEpoch,
        reason,
        ...(entry.t === undefined ? {} : { publishedNs: entry.t }),
        readNs: String(readNs),
        reportedAtMs: clock().wallMs,
      },
      entry.entryId,
    );
  }

  /** Signed, but no byte has left: the journal says so, and only then may it be called refused. */
  function withdraw(reading: Reading, reason: RefusalReason): void {
    const { permit } = reading;
    try {
      journal.append({
        kind: 'void',
        executorEpoch: control.executorEpoch,
        haltEpoch: control.haltEpoch,
        lastValidHeight: 0,
        validUntilMs: permit.validUntilMs,
        id: permit.id,
        bytes: new Uint8Array(0),
      });
    } catch (error) {
      haltOnJournalFault(error);
    }
    refuse(reading, reason);
  }

  function uncertain({ permit, entry }: Reading): void {
    stages.count('uncertain');
    const known = journal.index.find(permit.id);
    const facts = known
      ? { signature: known.signature, lastValidHeight: known.lastValidHeight }
      : {};
    seen.conclude(permit.id, { kind: 'uncertain', ...facts });
    reporter.report(
      {
        permitId: permit.id,
        kind: 'uncertain',
        executorEpoch: control.executorEpoch,
        ...facts,
        reportedAtMs: clock().wallMs,
      },
      entry.entryId,
    );
  }

  function recordSigned(permit: Permit, swap: PreparedSwap, lastValidHeight: number): boolean {
    try {
      journal.append({
        kind: 'signed',
        executorEpoch: control.executorEpoch,
        haltEpoch: control.haltEpoch,
        lastValidHeight,
        validUntilMs: permit.validUntilMs,
        id: permit.id,
        bytes: swap.wire,
      });
      return true;
    } catch (error) {
      haltOnJournalFault(error);
      return false;
    }
  }

  /** Without a journal nobody could say what was sent. The latch itself may fail to reach the disk. */
  function haltOnJournalFault(error: unknown): void {
    stages.count('journal-fault');
    const fault = error instanceof Error ? error.message : String(error);
    try {
      control.halt({ stopId: `journal-fault-${control.executorEpoch}`, reason: fault });
    } catch {
      // The flag is set all the same; the process ends through the journal's own fault handler.
      stages.count('halt-not-durable');
    }
  }

  function ignore(entry: PermitEntry, why: string): void {
    stages.count(`ignored-${why}`);
    reporter.acknowledge(entry.entryId);
  }
}
