import type { Pool, PoolClient } from 'pg';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import type { BusConnection } from '../../../adapters/bus/connect.ts';

export type PlainRequest = {
  readonly permit: PermitFields;
  readonly signalId: string;
  readonly runId: string;
  readonly notional: bigint;
  readonly exposureMax: bigint;
};

type PlainDeps = {
  readonly pool: Pool;
  readonly sign: (text: string) => string;
};

/**
 * What one would write first: a transaction that locks what it counts, a query for each thing that
 * the rules ask, the rules in JavaScript, then the inserts. Somebody else reads the outbox.
 */
export async function approvePlainly({ pool, sign }: PlainDeps, request: PlainRequest) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await checkRules(client, request);
    const sequence = await storePermit(client, request, sign);
    await client.query('commit');
    return sequence;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function checkRules(client: PoolClient, request: PlainRequest): Promise<void> {
  const { permit, runId, notional, exposureMax } = request;
  const one = async (text: string, values: readonly unknown[] = []) =>
    (await client.query(text, [...values])).rows[0] as Record<string, string | boolean> | undefined;

  const control = await one('select * from control for update');
  const lease = await one(
    'select executor_epoch from executor_lease where wallet = $1 and expires_at > now()',
    [permit.wallet],
  );
  const run = await one('select state from runs where run_id = $1', [runId]);
  const total = await one(
    "select reserved + spent as used from exposure where scope = 'total' for update",
  );
  const inMarket = await one('select reserved + spent as used from exposure where scope = $1', [
    permit.market,
  ]);
  const positions = await one(
    "select count(*) as held from positions where market = $1 and status in ('open', 'exiting')",
    [permit.market],
  );
  const live = await one(
    "select count(*) as live from permits where market = $1 and status in ('issued', 'submitted', 'uncertain')",
    [permit.market],
  );
  const results = await one(
    'select coalesce(sum(realised_pnl), 0) as realised from trades where run_id = $1 and realised_pnl is not null',
    [runId],
  );
  const allowed =
    control?.['halted'] === false &&
    lease !== undefined &&
    run?.['state'] === 'running' &&
    BigInt(String(total?.['used'])) + notional <= exposureMax &&
    BigInt(String(inMarket?.['used'] ?? 0)) + notional <= exposureMax &&
    positions?.['held'] === '0' &&
    live?.['live'] === '0' &&
    BigInt(String(results?.['realised'])) > -1_000_000_000n;
  if (!allowed) throw new Error(`the plain approval refused ${permit.id}`);
}

async function storePermit(
  client: PoolClient,
  { permit, signalId, runId, notional }: PlainRequest,
  sign: (text: string) => string,
): Promise<string> {
  const p = encodePermit(permit);
  const m = sign(p);
  for (const scope of ['total', permit.market]) {
    await client.query(
      `insert into exposure (scope, reserved) values ($1, $2)
        on conflict (scope) do update set reserved = exposure.reserved + excluded.reserved`,
      [scope, String(notional)],
    );
  }
  await client.query(
    `insert into permits (permit_id, signal_id, run_id, leg, attempt, market, side, signal, p, m,
        notional, risk_score, status, valid_until_ms, valid_until_height, executor_epoch,
        halt_epoch, received_ns)
      values ($1, $2, $3, 'entry', 1, $4, 'buy', '{}', $5, $6, $7, 0.4, 'issued', $8, $9, 1, 0, 0)`,
    [
      ...[permit.id, signalId, runId, permit.market, p, m, String(notional)],
      ...[permit.validUntilMs, permit.validUntilHeight],
    ],
  );
  await client.query(
    "update trades set stage = 'executing', updated_at = now() where signal_id = $1",
    [signalId],
  );
  const { rows } = await client.query<{ seq: string }>(
    'insert into outbox (permit_id, p, m, valid_until_ms) values ($1, $2, $3, $4) returning seq',
    [permit.id, p, m, permit.validUntilMs],
  );
  return rows[0]?.seq ?? '';
}

/** Ten times a second, as such a poller is usually set. */
const POLL_EVERY_MS = 100;

export type PlainPoller = {
  /** Resolves when the row is in the stream. */
  published(sequence: string): Promise<void>;
  stop(): Promise<void>;
};

/** Publishes what it finds in the outbox beyond the last one that it has seen. */
export function startPlainPoller(pool: Pool, bus: BusConnection, stream: string): PlainPoller {
  const waiting = new Map<string, () => void>();
  let last = '0';
  let stopped = false;
  const turn = async (): Promise<void> => {
    const { rows } = await pool.query<{ seq: string; p: string; m: string }>(
      'select seq, p, m from outbox where seq > $1 order by seq',
      [last],
    );
    for (const { seq, p, m } of rows) {
      await bus.xadd(stream, 'MAXLEN', '~', 10_000, '*', 'p', p, 'm', m);
      last = seq;
      waiting.get(seq)?.();
      waiting.delete(seq);
    }
  };
  const ended = (async () => {
    while (!stopped) {
      await turn();
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  })();
  return {
    published: (sequence) =>
      BigInt(sequence) <= BigInt(last)
        ? Promise.resolve()
        : new Promise((resolve) => void waiting.set(sequence, resolve)),
    async stop() {
      stopped = true;
      await ended;
    },
  };
}
