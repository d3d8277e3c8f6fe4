import { Client, type Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideAgain } from '../../../domain/decision/decide-again.ts';
import { decide } from '../../../domain/decision/decide.ts';
import { decisionToWire } from '../../../domain/decision/decision-wire.ts';
import { basisPoints } from '../../../domain/shared/units.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE } from '../../../temporal/ids.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import {
  createApprovalClient,
  type ApprovalClient,
} from '../../../workers/trading/approval-client.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { aQuestion, poolAt } from '../../support/decisions.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aDecision } from '../../support/trade-wires.ts';
import { until } from '../../support/until.ts';
import {
  asking,
  untilRefused,
  untilWaiting,
  waitingTrades,
  type WaitingTrade,
  type WaitingTrades,
} from '../../support/waiting-trades.ts';

const LIMIT_MS = 60_000;
const ORDER = { operator: 'alice', reason: 'looks right' };

let servers: TestServers;
let native: NativeConnection;
let connection: Connection;
let trades: WaitingTrades;
let approvals: ApprovalClient;
let bundlePath: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true });
  native = await connectNative(servers.temporalAddress);
  connection = await connectTemporal(servers.temporalAddress);
  bundlePath = await workflowBundleIn(servers.home);
  trades = waitingTrades({ connection: native, client: connection, bundlePath });
  approvals = createApprovalClient(connection);
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await native?.close();
  await servers?.stop();
});

const row = ({ workflowId }: WaitingTrade) => ({ workflowId, stage: 'waiting', reasons: [] });
const answer = (
  trade: WaitingTrade,
  how: 'approved' | 'rejected' = 'approved',
  order: { readonly operator: string; readonly reason: string } = ORDER,
) => approvals.answer(row(trade), how, order);

describe('an entry that waits for a person', () => {
  it(
    'is found by its status, and goes on when approved: decided again, then judged by risk',
    () =>
      trades.run('approved', {}, async (trade) => {
        await untilWaiting(trade);
        const { workflow: workflows } = new Client({ connection, namespace: NAMESPACE });
        await until('listed as waiting', async () => {
          for await (const { workflowId } of workflows.list({ query: "TradeStatus = 'waiting'" })) {
            if (workflowId === trade.workflowId) return true;
          }
          return false;
        });
        expect(await answer(trade)).toEqual({ ok: true });
        expect(await trade.result()).toMatchObject({ end: 'refused' });
        const steps = ['analyse', 'decide', 'beginWaiting', 'decideAgain', 'approve'];
        expect(trade.scripted.calls).toEqual(steps);
        const history = await workflows.getHandle(trade.workflowId).fetchHistory();
        const workflowBundle = { codePath: bundlePath };
        await Worker.runReplayHistory({ workflowBundle }, history, trade.workflowId);
      }),
    LIMIT_MS,
  );

  it(
    'ends as declined when rejected, with who and why',
    () =>
      trades.run('rejected', {}, async (trade) => {
        await untilWaiting(trade);
        expect(await answer(trade, 'rejected', { operator: 'bob', reason: 'too large' })).toEqual({
          ok: true,
        });
        expect(await trade.result()).toMatchObject({
          end: 'declined',
          why: ['approval-rejected', 'Rejected by bob (too large).'],
        });
        expect(trade.scripted.calls).not.toContain('approve');
      }),
    LIMIT_MS,
  );

  it(
    'ends as declined when nobody answers in time; an answer after it is refused as late',
    async () => {
      let end = (): void => undefined;
      const held = new Promise<void>((resolve) => (end = resolve));
      // The workflow is still there while its end is recorded.
      const script = untilRefused({ abandon: [() => held as unknown as undefined] });
      await trades.run('late', { script, setting: asking(1_000) }, async (trade) => {
        await until('late', async () => trade.scripted.calls.includes('abandon') || undefined);
        // A task that holds a local activity open takes no update; the end frees it.
        const late = answer(trade);
        end();
        expect(await late).toMatchObject({
          ok: false,
          why: expect.stringMatching(/^too late|^the trade is over/) as string,
        });
        expect(await trade.result()).toMatchObject({
          end: 'declined',
          why: ['approval-late', 'Nobody answered in time.'],
        });
        expect(await answer(trade)).toEqual({ ok: false, why: 'the trade is over: waiting' });
      });
    },
    LIMIT_MS,
  );

  it(
    'hears one answer: a second one, a stranger and an empty reason are refused with a reason',
    async () => {
      let decided = (): void => undefined;
      const held = new Promise<void>((resolve) => (decided = resolve));
      const script = untilRefused({
        approve: [() => held.then(() => ({ approved: false, breaches: [] })) as unknown as never],
      });
      await trades.run('twice', { script }, async (trade) => {
        await untilWaiting(trade);
        const stranger = await answer(trade, 'approved', { ...ORDER, operator: 'mallory' });
        expect(stranger).toEqual({
          ok: false,
          why: 'no operator mallory is known to this trade',
        });
        const wordless = await answer(trade, 'approved', { ...ORDER, reason: ' ' });
        expect(wordless).toMatchObject({ ok: false, why: expect.stringContaining('reason') });
        expect(await trade.stage()).toBe('waiting');

        expect(await answer(trade)).toEqual({ ok: true });
        const again = { ok: false, why: 'already approved by alice' };
        expect(await answer(trade)).toEqual(again);
        expect(await answer(trade, 'rejected', { ...ORDER, operator: 'bob' })).toEqual(again);
        decided();
        await trade.result();
      });
    },
    LIMIT_MS,
  );

  it(
    'is refused where the price moved beyond the collar while the person thought',
    async () => {
      const question = aQuestion();
      const first = decisionToWire(decide(question));
      const script = untilRefused({
        decide: [() => first],
        decideAgain: [
          ({ approved, order }) =>
            decisionToWire(
              decideAgain(aQuestion({ pool: poolAt('149') }), {
                ...{ price: '149', solPrice: '149', receivedNs: '0' },
                ...{ approved, collarMax: basisPoints(100), ...order },
              }),
            ),
        ],
      });
      const setting = asking();
      const some = {
        ...asking().approval,
        notionalMin: '1',
        withinMs: 60_000,
        operators: ['alice'],
      };
      await trades.run(
        'moved',
        { script, setting: { ...setting, approval: some } },
        async (trade) => {
          await untilWaiting(trade);
          expect(await answer(trade)).toEqual({ ok: true });
          const { end, why } = await trade.result();
          expect(end).toBe('declined');
          expect(why[0]).toBe('price-moved');
          expect(why[1]).toMatch(
            /^Approved at 147\.\d+, now 149\.\d+: \d+ bps worse, at most 100\.$/,
          );
          expect(trade.scripted.calls).not.toContain('approve');
        },
      );
    },
    LIMIT_MS,
  );

  it(
    'ends as declined when its workflow is cancelled meanwhile',
    () =>
      trades.run('cancelled', {}, async (trade) => {
        await untilWaiting(trade);
        await trade.cancel();
        expect((await trade.result()).why[0]).toBe('approval-cancelled');
        expect(trade.scripted.calls).toContain('abandon');
      }),
    LIMIT_MS,
  );
});

describe('an entry below the size', () => {
  it(
    'asks nobody, and says so to who answers all the same',
    async () => {
      let decided = (): void => undefined;
      const held = new Promise<void>((resolve) => (decided = resolve));
      const script = untilRefused({
        decide: [() => aDecision({ notional: '199999999' })],
        approve: [() => held.then(() => ({ approved: false, breaches: [] })) as unknown as never],
      });
      await trades.run('small', { script }, async (trade) => {
        await until('approving', async () => trade.scripted.calls.includes('approve') || undefined);
        expect(await answer(trade)).toEqual({
          ok: false,
          why: 'nobody is asked now, the trade is at: approving',
        });
        decided();
        await trade.result();
      });
    },
    LIMIT_MS,
  );
});
