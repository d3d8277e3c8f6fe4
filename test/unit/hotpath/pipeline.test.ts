import { describe, expect, it } from 'vitest';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import type { Permit } from '../../../domain/risk/permit.ts';
import { createPipeline, type PipelineDeps } from '../../../hotpath/pipeline.ts';
import { permitEntryOf } from '../../../hotpath/read-permit.ts';
import { createSeen } from '../../../hotpath/seen.ts';
import { permitFor } from '../../support/permits.ts';

const mac = createPermitMac(Buffer.alloc(32, 9));

/** Ports that note each call in order and throw on every call that a test did not allow. */
function aPath(over: Partial<PipelineDeps> = {}) {
  const calls: string[] = [];
  const reports: ExecutionReport[] = [];
  let ns = 0n;
  const note = (call: string): void => void calls.push(call);
  const deps: PipelineDeps = {
    mac: {
      verify(p, m) {
        note('mac');
        return mac.verify(p, m);
      },
    },
    seen: createSeen(),
    lastLook() {
      note('look');
      return undefined;
    },
    chain: { blockhash: () => ({ bytes: new Uint8Array(32), lastValidHeight: 300 }) },
    templates: {
      prepare() {
        note('patch');
        const wire = Buffer.alloc(100, 1);
        return { wire, message: wire.subarray(65), signature: wire.subarray(1, 65) };
      },
    },
    signer: { sign: () => note('sign') },
    limits: { record: () => note('count') },
    journal: {
      append: ({ kind }) => note(`journal ${kind}`),
      index: {
        find: () => undefined,
      },
    },
    control: {
      executorEpoch: 1,
      haltEpoch: 0,
      halted: false,
      leaseHolds() {
        note('lease');
        return true;
      },
      halt: unexpected,
    },
    sender: {
      blockedBy: () => undefined,
      send() {
        note('send');
        return 2;
      },
    },
    reporter: {
      report(report) {
        note(`report ${report.kind}`);
        reports.push(report);
      },
      acknowledge: () => note('acknowledge'),
    },
    stages: { record: () => {}, count: () => {} },
    clock: () => ({ wallMs: 1_000, monotonicMs: 0, ns: (ns += 1n) }),
    nowNs: () => (ns += 1n),
    superseded: unexpected,
    ...over,
  };
  return { execute: createPipeline(deps), calls, reports, note };
}

function unexpected(): never {
  throw new Error('this call was not expected');
}

function entry(permit: Permit, m?: string) {
  const p = encodePermit(permit);
  return { entryId: '1-0', p, m: m ?? mac.sign(p), t: '17' };
}

const WHOLE = [
  'mac',
  'look',
  'patch',
  'sign',
  'count',
  'journal signed',
  'lease',
  'send',
  'report submitted',
];

describe('pipeline', () => {
  it('goes from read to report in the order of the protocol, without a pause', () => {
    const { execute, calls, reports } = aPath();
    execute(entry(permitFor()), 0n);
    // Nothing was awaited: everything has happened when `execute` returns.
    expect(calls).toEqual(WHOLE);
    expect(reports[0]).toMatchObject({ lastValidHeight: 300, publishedNs: '17', readNs: '0' });
  });

  it.each([
    ['17', { delivery: 83n }, '17'],
    ['no number', {}, undefined],
  ])(
    'measures its parts, and the delivery before them where it says %j',
    (t, delivery, publishedNs) => {
      const spans: Record<string, bigint> = {};
      const record = (stage: string, ns: bigint): void => void (spans[stage] = ns);
      const { execute, calls, reports } = aPath({ stages: { record, count: () => {} } });
      const { entryId, p, m } = entry(permitFor());
      execute(permitEntryOf({ id: entryId, fields: { p, m, t } }), 100n);
      expect(calls).toEqual(WHOLE);
      expect(reports[0]?.publishedNs).toBe(publishedNs);
      const { delivery: measured, ...parts } = spans;
      expect(measured === undefined ? {} : { delivery: measured }).toEqual(delivery);
      expect(Object.keys(parts)).toEqual([
        'authenticate',
        'look',
        'sign',
        'journal',
        'send',
        'permitToWire',
      ]);
    },
  );

  it('executes a permit once and only acknowledges its copies', () => {
    const { execute, calls } = aPath();
    for (let copy = 0; copy < 3; copy++) execute(entry(permitFor()), 0n);
    expect(calls).toEqual([...WHOLE, 'mac', 'acknowledge', 'mac', 'acknowledge']);
  });

  it('never executes a copy of what it refused', () => {
    let refusals = 0;
    const { execute, calls } = aPath({ lastLook: () => (refusals++ === 0 ? 'halted' : undefined) });
    execute(entry(permitFor()), 0n);
    execute(entry(permitFor()), 0n);
    expect(calls).toEqual(['mac', 'report refused', 'mac', 'acknowledge']);
  });

  it.each([
    ['a wrong MAC', () => entry(permitFor(), '0'.repeat(64))],
    ['no fields', () => ({ entryId: '1-0', p: undefined, m: undefined, t: undefined })],
    ['text that is no permit', () => ({ entryId: '1-0', p: 'v1|x', m: mac.sign('v1|x'), t: '1' })],
  ])('acknowledges %s without a report', (_case, bad) => {
    const { execute, calls } = aPath();
    execute(bad(), 0n);
    expect(calls.filter((call) => call !== 'mac')).toEqual(['acknowledge']);
  });

  it('only acknowledges a copy that only the journal still knows', () => {
    const signed = {
      id: permitFor().id,
      signature: 'sig',
      lastValidHeight: 99,
      validUntilMs: 0,
      executorEpoch: 1,
    };
    const { execute, calls } = aPath({
      journal: { append: unexpected, index: { find: () => signed } },
    });
    execute(entry(permitFor()), 0n);
    expect(calls).toEqual(['mac', 'acknowledge']);
  });

  it('leaves a permit of a newer executor alone and ends', () => {
    let ended = 0;
    const { execute, calls } = aPath({ superseded: () => void (ended += 1) });
    execute(entry(permitFor({ executorEpoch: 2 })), 0n);
    expect([ended, calls]).toEqual([1, ['mac']]);
  });

  it('reports an earlier life as uncertain, with the signature that the journal has', () => {
    const signedBefore = {
      id: permitFor().id,
      signature: 'sig',
      lastValidHeight: 99,
      validUntilMs: 0,
      executorEpoch: 0,
    };
    const { execute, reports, calls } = aPath({
      lastLook: () => 'uncertain',
      journal: {
        append: unexpected,
        index: {
          find: () => signedBefore,
        },
      },
    });
    execute(entry(permitFor()), 0n);
    expect(calls).toEqual(['mac', 'report uncertain']);
    expect(reports[0]).toMatchObject({ kind: 'uncertain', signature: 'sig', lastValidHeight: 99 });
  });

  it.each(['rate-limited', 'congested'] as const)('builds nothing when %s', (reason) => {
    const { execute, calls, reports } = aPath({
      sender: { blockedBy: () => reason, send: unexpected },
    });
    execute(entry(permitFor()), 0n);
    expect(calls).toEqual(['mac', 'look', 'report refused']);
    expect(reports[0]?.reason).toBe(reason);
  });

  it('withdraws what was signed but taken by no connection', () => {
    const { execute, calls, reports } = aPath({
      sender: { blockedBy: () => undefined, send: () => 0 },
    });
    execute(entry(permitFor()), 0n);
    expect(calls.slice(5)).toEqual(['journal signed', 'lease', 'journal void', 'report refused']);
    expect(reports[0]?.reason).toBe('congested');
  });

  it('sends nothing once the lease or the permit has ended in between', () => {
    const control = {
      executorEpoch: 1,
      haltEpoch: 0,
      halted: false,
      leaseHolds: () => false,
      halt: unexpected,
    };
    const lease = aPath({ control, sender: { blockedBy: () => undefined, send: unexpected } });
    lease.execute(entry(permitFor()), 0n);
    expect(lease.reports[0]).toMatchObject({ kind: 'refused', reason: 'lease-ended' });

    let now = 9_999;
    const late = aPath({
      clock: () => ({ wallMs: now, monotonicMs: 0, ns: 1n }),
      signer: { sign: () => void (now = 10_000) },
      sender: { blockedBy: () => undefined, send: unexpected },
    });
    late.execute(entry(permitFor({ validUntilMs: 10_000 })), 0n);
    expect(late.reports[0]).toMatchObject({ kind: 'refused', reason: 'expired' });
  });

  it('halts and refuses when the journal cannot be written', () => {
    let halts = 0;
    const { execute, reports } = aPath({
      journal: {
        append() {
          throw new Error('ENOSPC');
        },
        index: {
          find: () => undefined,
        },
      },
      control: {
        executorEpoch: 1,
        haltEpoch: 0,
        halted: false,
        leaseHolds: () => true,
        halt({ stopId }) {
          halts += 1;
          return { fenced: true, haltEpoch: 1, stopId };
        },
      },
      sender: { blockedBy: () => undefined, send: unexpected },
    });
    execute(entry(permitFor()), 0n);
    expect(halts).toBe(1);
    expect(reports[0]).toMatchObject({ kind: 'refused', reason: 'journal-fault' });
  });
});
