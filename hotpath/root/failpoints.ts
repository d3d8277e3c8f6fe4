import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { PermitInbox } from '../../adapters/bus/permit-inbox.ts';
import type { ExecutorLedger } from '../../adapters/ledger/executor-epoch.ts';
import type { Config } from '../../config/config.ts';
import type { PermitId } from '../../domain/shared/ids.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Journal } from '../journal.ts';
import type { PipelineDeps, Reporter, Sender } from '../pipeline.ts';
import type { RecoveryDeps } from '../recovery.ts';

/** Where the executor can be made to die, in the order in which it passes them. */
export const FAILPOINTS = [
  ...(['before-epoch', 'after-epoch', 'after-epoch-record'] as const),
  ...(['before-pending', 'after-pending', 'during-recovery'] as const),
  ...(['before-read', 'after-read', 'after-verify', 'after-seen', 'after-look'] as const),
  ...(['after-sign', 'after-journal', 'before-send', 'between-sends', 'after-send'] as const),
  ...(['before-report', 'after-report', 'before-ack', 'after-ack'] as const),
  ...(['before-renew', 'before-halt', 'after-halt', 'before-resume', 'after-resume'] as const),
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Written to standard error in the moment of death. */
export type LastWords = {
  readonly failpoint: Failpoint;
  readonly nth: number;
  /** The permit that it died with, where there is one. */
  readonly permitId: PermitId | undefined;
};

type Ports = {
  readonly mac: PipelineDeps['mac'];
  readonly seen: PipelineDeps['seen'];
  readonly lastLook: PipelineDeps['lastLook'];
  readonly signer: PipelineDeps['signer'];
  readonly journal: Journal;
  readonly sender: Sender;
  readonly reporter: Reporter;
  readonly inbox: PermitInbox;
  readonly ledger: ExecutorLedger;
  /** Reports about an earlier life. */
  readonly recovery: RecoveryDeps['reports'];
};

/** Puts the failpoints around a port, where it has any. */
export type Failpoints = { readonly [Name in keyof Ports]: (port: Ports[Name]) => Ports[Name] };

type Wanted = Pick<LastWords, 'failpoint' | 'nth'>;
type Pass = (failpoint: Failpoint, permitId?: PermitId) => void;

const NTH_MAX = 1_000_000;

/**
 * `OVERMIND_FAILPOINT=after-sign:3` ends the process by SIGKILL at the third passing: on paper only,
 * and in each life that is given it. Without it every port stays the very object that it was.
 */
export function failpointsOf(
  { mode, failpoint }: Pick<Config, 'mode' | 'failpoint'>,
  die: (words: LastWords) => void = dieNow,
): Failpoints {
  if (failpoint === undefined) return UNTOUCHED;
  const wanted = parseFailpoint(failpoint);
  if (mode !== 'paper') throw invalid(`${failpoint} outside of paper`);
  let passings = 0;
  const pass: Pass = (reached, permitId) => {
    if (reached !== wanted.failpoint) return;
    passings += 1;
    if (passings === wanted.nth) die({ ...wanted, permitId });
  };
  return { ...aroundPath(wanted.failpoint, pass), ...aroundStores(pass) };
}

const same = <Port>(port: Port): Port => port;
const UNTOUCHED: Failpoints = {
  ...{ mac: same, seen: same, lastLook: same, signer: same, journal: same },
  ...{ sender: same, reporter: same, inbox: same, ledger: same, recovery: same },
};

function parseFailpoint(text: string): Wanted {
  const [name, count = '1', ...more] = text.split(':');
  const failpoint = FAILPOINTS.find((known) => known === name);
  const nth = /^\d{1,7}$/.test(count) ? Number(count) : 0;
  if (failpoint === undefined || nth < 1 || nth > NTH_MAX || more.length > 0) throw invalid(text);
  return { failpoint, nth };
}

function invalid(got: string): OvermindError {
  const wants = `<name>:<passing> on paper, the name one of ${FAILPOINTS.join(', ')}`;
  const faults = `OVERMIND_FAILPOINT: got ${JSON.stringify(got)}, wants ${wants}`;
  return new OvermindError('config/invalid', { faults });
}

function dieNow(words: LastWords): void {
  // A pipe or file takes it at once; nothing that needs another turn would get one.
  writeSync(process.stderr.fd, `${JSON.stringify(words)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

type PathPorts = Pick<Failpoints, 'mac' | 'seen' | 'lastLook' | 'signer' | 'sender' | 'reporter'>;

/** What a permit passes on the hot thread. Nothing is awaited there, so one permit is under way. */
function aroundPath(wanted: Failpoint, pass: Pass): PathPorts {
  let permitId: PermitId | undefined;
  return {
    mac: (mac) =>
      over(mac, {
        verify(p, m) {
          const isGenuine = mac.verify(p, m);
          if (isGenuine) pass('after-verify', permitIdIn(p));
          return isGenuine;
        },
      }),
    seen: (seen) =>
      over(seen, {
        admit(permit, times) {
          const admission = seen.admit(permit, times);
          permitId = permit.id;
          if (admission === 'new') pass('after-seen', permitId);
          return admission;
        },
      }),
    lastLook: (lastLook) => (permit, times) => {
      const look = lastLook(permit, times);
      if (look === undefined) pass('after-look', permit.id);
      return look;
    },
    signer: (signer) =>
      over(signer, {
        sign(message, into) {
          signer.sign(message, into);
          pass('after-sign', permitId);
        },
      }),
    sender: (sender) =>
      over(sender, {
        send(route, wire) {
          pass('before-send', permitId);
          const send = (): number => sender.send(route, wire);
          const taken =
            wanted === 'between-sends'
              ? meetingSecondSocket(send, () => pass('between-sends', permitId))
              : send();
          if (taken > 0) pass('after-send', permitId);
          return taken;
        },
      }),
    reporter: (reporter) =>
      over(reporter, {
        report(report, entryId) {
          pass('before-report', report.permitId);
          reporter.report(report, entryId);
        },
      }),
  };
}

type StorePorts = Pick<Failpoints, 'journal' | 'inbox' | 'ledger' | 'recovery'>;

/** What the executor reads from and what it leaves behind. */
function aroundStores(pass: Pass): StorePorts {
  const permitOf = new Map<string, PermitId | undefined>();
  const remember = (entries: Awaited<ReturnType<PermitInbox['readNew']>>): PermitId | undefined => {
    for (const { id, fields } of entries) permitOf.set(id, permitIdIn(fields['p'] ?? ''));
    const [first] = entries;
    return first && permitOf.get(first.id);
  };
  return {
    journal: (journal) =>
      over(journal, {
        append(record) {
          journal.append(record);
          if (record.kind === 'signed') pass('after-journal', record.id);
        },
        appendDurable(record) {
          if (record.kind === 'halt') pass('before-halt');
          if (record.kind === 'resume') pass('before-resume');
          journal.appendDurable(record);
          if (record.kind === 'halt') pass('after-halt');
          if (record.kind === 'resume') pass('after-resume');
          if (record.kind === 'epoch') pass('after-epoch-record');
        },
      }),
    inbox: (inbox) =>
      over(inbox, {
        async readNew() {
          pass('before-read');
          const entries = await inbox.readNew();
          const first = remember(entries);
          if (entries.length > 0) pass('after-read', first);
          return entries;
        },
        async readPending(afterId) {
          pass('before-pending');
          const entries = await inbox.readPending(afterId);
          const first = remember(entries);
          if (entries.length > 0) pass('after-pending', first);
          return entries;
        },
        async storeReports(reports) {
          const left = await inbox.storeReports(reports);
          for (const { json } of reports) {
            pass('after-report', (JSON.parse(json) as { readonly permitId: PermitId }).permitId);
          }
          return left;
        },
        async acknowledge(entryIds) {
          const permitIds = entryIds.map((id) => permitOf.get(id));
          for (const id of entryIds) permitOf.delete(id);
          for (const permitId of permitIds) pass('before-ack', permitId);
          await inbox.acknowledge(entryIds);
          for (const permitId of permitIds) pass('after-ack', permitId);
        },
      }),
    ledger: (ledger) =>
      over(ledger, {
        async takeEpoch(take) {
          pass('before-epoch');
          const taken = await ledger.takeEpoch(take);
          pass('after-epoch');
          return taken;
        },
        renewLease(wallet, executorEpoch, leaseMs) {
          pass('before-renew');
          return ledger.renewLease(wallet, executorEpoch, leaseMs);
        },
      }),
    recovery: (reports) =>
      over(reports, {
        report(report, entryId) {
          reports.report(report, entryId);
          pass('during-recovery', report.permitId);
        },
        announce(report) {
          reports.announce(report);
          pass('during-recovery', report.permitId);
        },
      }),
  };
}

/** The same port with other methods; what it reads of itself, such as a counter, stays its own. */
function over<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return Object.assign(Object.create(port) as Port, methods); // Made of it, so it is one.
}

/** The second field of the wire text: unproven, and used for last words only. */
const permitIdIn = (p: string): PermitId | undefined => p.split('|')[1];

/** Node's own socket is all that lies between two connections of one `send`. */
function meetingSecondSocket(send: () => number, onSecond: () => void): number {
  const plain = Socket.prototype.write;
  const written = new Set<Socket>();
  const watched = function (this: Socket, ...args: Parameters<typeof plain>): boolean {
    if (written.size === 1 && !written.has(this)) onSecond();
    written.add(this);
    return plain.apply(this, args);
  };
  Socket.prototype.write = watched as typeof plain; // Arguments go through as they are.
  try {
    return send();
  } finally {
    Socket.prototype.write = plain;
  }
}
