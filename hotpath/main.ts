import {
  openPermitInbox,
  type OpenPermitInbox,
  type PermitInbox,
} from '../adapters/bus/permit-inbox.ts';
import { readPermitKeyFile } from '../adapters/secrets/permit-key-file.ts';
import { createPermitMac, type PermitMac } from '../adapters/secrets/permit-mac.ts';
import { requestTipAccounts, senderTipAccounts } from '../adapters/senders/tip-accounts.ts';
import { compileSwapTemplates } from '../adapters/venues/raydium-cpmm/compile-swap.ts';
import { routeNamedBy } from '../domain/risk/permit-codec.ts';
import { runProcess, type ProcessContext } from '../workers/run-process.ts';
import { admitTemplates, type AdmittedTemplate } from './admit-template.ts';
import { keepWarm } from './keep-warm.ts';
import { createLastLook } from './last-look.ts';
import { runPermitLoop } from './permit-loop.ts';
import { createPipeline } from './pipeline.ts';
import { permitEntryOf } from './read-permit.ts';
import { reportEarlierLife } from './recovery.ts';
import { createReports, type Reports } from './reports.ts';
import { createRoom } from './room.ts';
import { hearBusStops, keepControl, serveControl } from './root/open-control.ts';
import { clock, nowNs, openParts, type Parts } from './root/open-parts.ts';
import { openRehearsal } from './rehearse.ts';
import { createSigningLimits } from './signing-limits.ts';
import { startFeeder } from './start-feeder.ts';
import { superseded, takeOver } from './take-over.ts';
import { createTemplates, tipsByRoute, type Templates } from './templates.ts';

/** 4,000 lamports on our unit limit; the permit's fee cap still holds. */
const UNIT_PRICE_MICRO_LAMPORTS = 50_000n;
const DRAIN_MS = 2_000;
const FORGET_EVERY_MS = 1_000;
/** Far below a permit's life, far above what a block engine takes to answer. */
const ROOM_WAIT_MS_MAX = 50;

async function main(context: ProcessContext): Promise<void> {
  const parts = await openParts(context);
  const { control } = parts;
  // Before anything that may be away: a stop is heard without Postgres, bus and Temporal.
  await serveControl(parts);
  hearBusStops(parts);
  if (control.halted) {
    const { haltEpoch, stopId } = control;
    context.log.warn({ haltEpoch, stopId }, 'started halted: nothing will be signed');
  }
  // Nothing is read before epoch and lease are ours.
  await takeOver({ ...parts, holder: `pid ${process.pid}`, clock, persist: context.persist });
  keepControl(parts);
  await watchChain(parts);
  const { inbox, reopen } = await context.persist(() => openBus(parts));
  const reports = openReports(parts, inbox);
  await runPath({ parts, inbox, reopen, reports });
}

async function watchChain({ context, addresses, markets, chain, stages, fail }: Parts) {
  const [first = ''] = addresses.rpc;
  const { execution, sending } = context.config;
  const { tipPercentile: percentile } = sending;
  const feeder = await startFeeder({
    start: {
      rpcUrls: addresses.rpc,
      wsUrl: first.replace(/^http/, 'ws'),
      markets: markets.map(({ id }) => id),
      tipFloor: percentile && { url: addresses.tipFloor, percentile, tipMax: execution.tipMax },
    },
    chain,
    onFault(fault) {
      stages.count('feeder-fault');
      context.log.warn({ fault }, 'feeder fault');
    },
    onEnd: fail,
  });
  context.onStop('feeder', () => feeder.stop());
}

async function openBus({
  context,
  addresses,
  wallet,
  failpoints,
}: Parts): Promise<OpenPermitInbox> {
  const { config, log, onStop } = context;
  const bus = await openPermitInbox(addresses.dragonfly, wallet, {
    password: config.passwords.dragonfly,
    onFault: (error) => log.warn({ err: error }, 'bus connection fault'),
  });
  onStop('bus', () => bus.close());
  return { ...bus, inbox: failpoints.inbox(bus.inbox) };
}

function openReports({ context }: Parts, inbox: PermitInbox): Reports {
  const { log, onStop } = context;
  const reports = createReports({
    store: inbox,
    wallNowMs: Date.now,
    onFault: (error) => log.warn({ err: error }, 'report not stored yet'),
  });
  onStop('reports', async () => {
    const left = await reports.drain(DRAIN_MS);
    if (left > 0) log.warn({ left }, 'reports were not stored');
  });
  return reports;
}

async function prepareTemplates(
  { context, addresses, chain }: Parts,
  swaps: readonly AdmittedTemplate[],
): Promise<Templates> {
  const { tipMin } = context.config.sending.sender;
  const jito = await requestTipAccounts(addresses.jito[0] ?? '');
  const sender = { accounts: senderTipAccounts(), tipMin };
  return createTemplates({
    templates: swaps,
    tips: tipsByRoute(jito, addresses.sender.length > 0 ? sender : undefined),
    unitPrice: UNIT_PRICE_MICRO_LAMPORTS,
    tipWanted: () => chain.tipFloor(performance.now()),
  });
}

type PathParts = {
  readonly parts: Parts;
  readonly inbox: PermitInbox;
  readonly reopen: () => void;
  readonly reports: Reports;
};

async function runPath({ parts, inbox, reopen, reports }: PathParts): Promise<void> {
  const { context, control, journal, seen, failpoints } = parts;
  const { log, onStop } = context;
  const mac = createPermitMac(readPermitKeyFile(context.config.files.permitKey));
  const { execute, rehearsed, pass, prepared } = await preparePath(parts, mac, reports);
  const warm = keepWarm({
    pass,
    everyMs: context.config.execution.keepWarmMs,
    mayWork: () => !control.halted && control.leaseHolds(),
  });
  onStop('warm path', warm.stop);
  const readPending = async (after: string) => (await inbox.readPending(after)).map(permitEntryOf);
  const { index } = journal;
  const { executorEpoch } = control;
  const uncertain = await reportEarlierLife({
    ...{ readPending, mac, index, seen, executorEpoch, clock },
    reports: failpoints.recovery(reports),
  });
  const room = createRoom({ sender: parts.sender, waitMsMax: ROOM_WAIT_MS_MAX });
  const loop = runPermitLoop({
    readNew: async () => (await inbox.readNew()).map(permitEntryOf),
    readPending,
    leaseHolds: control.leaseHolds,
    untilRoom: ({ p = '' }) => room.untilFree(routeNamedBy(p)),
    execute(entry, readNs) {
      warm.ran();
      execute(entry, readNs);
    },
    onFault: (error) => log.warn({ err: error }, 'permits could not be read'),
    onHang: reopen,
  });
  const forget = setInterval(() => seen.forgetBefore(clock().monotonicMs), FORGET_EVERY_MS);
  onStop('permit loop', () => {
    clearInterval(forget);
    return loop.stop();
  });
  const { halted, haltEpoch } = control;
  const { wallet } = parts;
  const facts = { wallet, executorEpoch, halted, haltEpoch, uncertain, rehearsed };
  context.ready({ ...facts, templates: prepared });
}

/** The path with everything that it asks, rehearsed once before the first real permit. */
async function preparePath(parts: Parts, mac: PermitMac, reports: Reports) {
  const { context, markets, wallet, control, journal, chain, fail, failpoints } = parts;
  const { execution, risk } = context.config;
  const swaps = admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets });
  const templates = await prepareTemplates(parts, swaps);
  const signing = execution.limits;
  const rehearsal = openRehearsal({ ...parts, mac, templates, clock, nowNs, swaps, signing });
  const rehearsed = await rehearsal.rehearse();
  const limits = createSigningLimits(signing);
  for (const { id } of journal.index.landableFrom(0)) limits.remember(id);
  const { tipMax, feeMax } = execution;
  const execute = createPipeline({
    ...parts,
    mac: failpoints.mac(mac),
    seen: failpoints.seen(parts.seen),
    signer: failpoints.signer(parts.signer),
    sender: failpoints.sender(parts.sender),
    templates,
    limits,
    clock,
    nowNs,
    lastLook: failpoints.lastLook(
      createLastLook({
        control,
        chain,
        caps: { wallet, tipMax, feeMax, buyMax: risk.notionalMax },
        limits,
        baseIsToken0: new Map(markets.map(({ id, pool }) => [id, pool.baseIsToken0])),
      }),
    ),
    reporter: failpoints.reporter(reports),
    superseded() {
      control.endLease();
      fail(superseded('read permits'));
    },
  });
  return { execute, rehearsed, pass: rehearsal.pass, prepared: templates.count };
}

await runProcess('hotpath', main);
