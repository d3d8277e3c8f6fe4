import type { PoolClient } from 'pg';
import { signalFromWire, signalToWire, type Signal } from '../../domain/decision/signal.ts';
import { decodePermit } from '../../domain/risk/permit-codec.ts';
import type {
  Approval,
  ApprovalRequest,
  RiskLedger,
  StoredPermit,
} from '../../domain/risk/risk-ledger.ts';
import type { Adjustment, Breach, Verdict } from '../../domain/risk/verdict.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { inTransaction, type LedgerPool } from './connect.ts';
import { readLedgerView } from './read-ledger-view.ts';

type Approved = Extract<Verdict, { approved: true }>;

/** A market's own limit is asked by its rule; in the reservation only the total is bounded again. */
export function createRiskLedger(pool: LedgerPool): RiskLedger {
  return {
    approve: (request) =>
      inTransaction(pool, 'approve', async (client) => {
        await lockControl(client);
        const earlier = await readEarlier(client, request.signal);
        if (earlier) return earlier;

        const verdict = request.judge(await readLedgerView(client, request));
        if (!verdict.approved) return refuse(client, request.signal, verdict.breaches);
        if (!(await reserve(client, verdict, request))) {
          return refuse(client, request.signal, [
            {
              rule: 'total-exposure',
              limit: String(request.limits.exposureMax),
              actual: 'more, at the reservation',
            },
          ]);
        }
        return { approved: true, stored: await store(client, verdict, request) };
      }),
  };
}

/** One approval at a time: epochs, halt and exposure cannot change between the look and the commit. */
async function lockControl(client: PoolClient): Promise<void> {
  await client.query(
    "select 1 from control c cross join exposure e where e.scope = 'total' for update",
  );
}

type EarlierRow = {
  readonly stage: string;
  readonly breaches: readonly Breach[];
  readonly seq: string | null;
  readonly p: string;
  readonly m: string;
  readonly signal: Wire<Signal>;
  readonly risk_score: number;
  readonly adjustments: readonly Adjustment[];
};

/** What an earlier call of the same leg and attempt committed, if it did. */
async function readEarlier(client: PoolClient, signal: Signal): Promise<Approval | undefined> {
  const { rows } = await client.query<EarlierRow>({
    name: 'approve-earlier',
    text: `select t.stage, t.breaches, o.seq, p.p, p.m, p.signal, p.risk_score, p.adjustments
      from trades t
      left join permits p on p.permit_id = $2 and p.signal_id = t.signal_id
      left join outbox o on o.permit_id = p.permit_id
      where t.signal_id = $1`,
    values: [signal.signalId, permitIdOf(signal.signalId, signal.leg, signal.attempt)],
  });
  const row = rows[0];
  if (!row) {
    const fault = `no trade ${signal.signalId}`;
    throw new OvermindError('ledger/conflict', { operation: 'approve', fault });
  }
  if (row.seq !== null) return { approved: true, stored: storedFrom(row, row.seq) };
  // A refused trade has ended; asked again, the rules could let it live after all.
  if (signal.leg === 'entry' && row.stage === 'refused') {
    return { approved: false, breaches: row.breaches };
  }
  return undefined;
}

function storedFrom(row: EarlierRow, sequence: string): StoredPermit {
  const { p, m, risk_score: riskScore, adjustments } = row;
  const signal = signalFromWire(row.signal);
  return { sequence, p, m, permit: decodePermit(p), signal, riskScore, adjustments };
}

async function refuse(
  client: PoolClient,
  { signalId, leg }: Signal,
  breaches: readonly Breach[],
): Promise<Approval> {
  // A refused exit leaves the trade open: its workflow asks again.
  if (leg === 'entry') {
    await client.query({
      name: 'approve-refuse',
      text: `update trades set stage = 'refused', breaches = $2, ended_at = now(), updated_at = now()
        where signal_id = $1`,
      values: [signalId, JSON.stringify(breaches)],
    });
  }
  return { approved: false, breaches };
}

/** Takes the room for an entry; false when there is none. An exit needs none. */
async function reserve(
  client: PoolClient,
  { signal }: Approved,
  { limits }: ApprovalRequest,
): Promise<boolean> {
  if (signal.leg === 'exit') return true;
  const { rowCount } = await client.query({
    name: 'approve-reserve',
    text: `with total as (
        update exposure set reserved = reserved + $2
        where scope = 'total' and reserved + spent + $2 <= $3 returning 1)
      insert into exposure (scope, reserved) select $1, $2 from total
      on conflict (scope) do update set reserved = exposure.reserved + excluded.reserved
      returning 1`,
    values: [signal.market, String(signal.notional), String(limits.exposureMax)],
  });
  return rowCount === 1;
}

async function store(
  client: PoolClient,
  { permit, signal, riskScore, adjustments }: Approved,
  { seal }: ApprovalRequest,
): Promise<StoredPermit> {
  const { p, m } = seal(permit);
  const isEntry = signal.leg === 'entry';
  const { rows } = await client.query<{ seq: string }>({
    name: 'approve-store',
    text: STORE,
    values: [
      permit.id,
      signal.signalId,
      signal.runId,
      signal.leg,
      signal.attempt,
      signal.market,
      signal.side,
      JSON.stringify(signalToWire(signal)),
      p,
      m,
      isEntry ? String(signal.notional) : '0',
      riskScore,
      JSON.stringify(adjustments),
      permit.validUntilMs,
      permit.validUntilHeight,
      permit.executorEpoch,
      permit.haltEpoch,
      signal.receivedNs,
      isEntry ? 'executing' : 'exiting',
      signal.exitReason ?? null,
    ],
  });
  const sequence = rows[0]?.seq;
  if (sequence === undefined) {
    throw new OvermindError('ledger/conflict', { operation: 'approve', fault: 'no outbox row' });
  }
  return { sequence, p, m, permit, signal, riskScore, adjustments };
}

const STORE = `with permit as (
    insert into permits (permit_id, signal_id, run_id, leg, attempt, market, side, signal, p, m,
      notional, risk_score, adjustments, status, valid_until_ms, valid_until_height,
      executor_epoch, halt_epoch, received_ns)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'issued', $14, $15, $16, $17, $18)
    returning permit_id),
  trade as (
    update trades set stage = $19, updated_at = now(),
      risk_score = case when $4 = 'entry' then $12 else risk_score end,
      notional = case when $4 = 'entry' then $11 else notional end
    where signal_id = $2),
  held as (
    update positions set status = 'exiting', exit_reason = coalesce($20, exit_reason)
    where signal_id = $2 and $4 = 'exit' and status <> 'closed')
  insert into outbox (permit_id, p, m, valid_until_ms) select permit_id, $9, $10, $14 from permit
  returning seq`;
