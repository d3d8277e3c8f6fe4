import type { PoolClient } from 'pg';
import type { LedgerPool } from './connect.ts';
import { asLedgerError, inTransaction, queryRows } from './connect.ts';
import { recordHalt, type CountedHalt } from './record-halt.ts';

export type ControlRow = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly stopId: string | undefined;
  readonly reason: string | undefined;
};

export type TakeEpoch = {
  readonly wallet: string;
  readonly holder: string;
  readonly leaseMs: number;
  /** What the journal knows: it wins over a Postgres that was restored from an older state. */
  readonly executorEpochMin: number;
  readonly haltEpochMin: number;
  /** The journal's latch. It was counted when it was made: here it only becomes known. */
  readonly halt: { readonly stopId: string; readonly reason: string } | undefined;
};

export type ExecutorLedger = {
  /** A new executor epoch and its lease. From its commit on, permits of older epochs are dead. */
  takeEpoch(take: TakeEpoch): Promise<ControlRow>;
  /** False for an executor that a newer one has replaced. */
  renewLease(wallet: string, executorEpoch: number, leaseMs: number): Promise<boolean>;
  /** At an orderly end: nobody needs to wait for the lease to run out. */
  releaseLease(wallet: string, executorEpoch: number): Promise<void>;
  readControl(): Promise<ControlRow>;
  /** `haltEpoch` is what the executor counted, or 0. */
  recordHalt(halt: {
    readonly stopId: string;
    readonly reason: string;
    readonly haltEpoch: number;
  }): Promise<CountedHalt>;
  /** Whoever stops by Postgres learns by it that this executor signs nothing more. */
  acknowledgeHalt(fenced: {
    readonly wallet: string;
    readonly executorEpoch: number;
    readonly haltEpoch: number;
  }): Promise<void>;
  /** Calls `onChange` at each notification. The connection is the caller's to give up. */
  listen(onChange: () => void, onLost: (error: Error) => void): Promise<() => void>;
};

type Row = {
  readonly executor_epoch: string;
  readonly halt_epoch: string;
  readonly halted: boolean;
  readonly stop_id: string | null;
  readonly halt_reason: string | null;
};

const COLUMNS = 'executor_epoch, halt_epoch, halted, stop_id, halt_reason';

export function createExecutorLedger(pool: LedgerPool): ExecutorLedger {
  return {
    takeEpoch: (take) =>
      inTransaction(pool, 'take executor epoch', async (client) => {
        const { rows } = await client.query<Row>(
          `update control set executor_epoch = greatest(executor_epoch, $1) + 1,
             halt_epoch = greatest(halt_epoch, $2), halted = halted or $3::text is not null,
             stop_id = case when halted then stop_id else coalesce($3, stop_id) end,
             halt_reason = case when halted then halt_reason else coalesce($4, halt_reason) end,
             halted_at = case when halted or $3 is null then halted_at else now() end
           returning ${COLUMNS}`,
          [take.executorEpochMin, take.haltEpochMin, take.halt?.stopId, take.halt?.reason],
        );
        const control = controlOf(rows);
        if (take.halt) await rememberHalt(client, take.halt, control.haltEpoch);
        await client.query(
          // One that begins halted has nothing to acknowledge: it reads no permit before it knows.
          `insert into executor_lease
             (wallet, executor_epoch, holder, expires_at, fenced_halt_epoch)
           values ($1, $2, $3, now() + $4 * interval '1 millisecond', $5)
           on conflict (wallet) do update set executor_epoch = excluded.executor_epoch,
             holder = excluded.holder, expires_at = excluded.expires_at,
             fenced_halt_epoch = excluded.fenced_halt_epoch`,
          [
            ...[take.wallet, control.executorEpoch, take.holder, take.leaseMs],
            control.halted ? control.haltEpoch : 0,
          ],
        );
        return control;
      }),

    async renewLease(wallet, executorEpoch, leaseMs) {
      const rows = await queryRows(pool, 'renew lease', {
        name: 'renew-lease',
        text: `update executor_lease set expires_at = now() + $3 * interval '1 millisecond'
               where wallet = $1 and executor_epoch = $2 returning wallet`,
        values: [wallet, executorEpoch, leaseMs],
      });
      return rows.length === 1;
    },

    async releaseLease(wallet, executorEpoch) {
      await queryRows(pool, 'release lease', {
        text: 'update executor_lease set expires_at = now() where wallet = $1 and executor_epoch = $2',
        values: [wallet, executorEpoch],
      });
    },

    async readControl() {
      return controlOf(
        await queryRows<Row>(pool, 'read control', {
          name: 'read-control',
          text: `select ${COLUMNS} from control`,
        }),
      );
    },

    recordHalt: (halt) => recordHalt(pool, halt),

    async acknowledgeHalt({ wallet, executorEpoch, haltEpoch }) {
      await queryRows(pool, 'acknowledge halt', {
        text: `update executor_lease set fenced_halt_epoch = greatest(fenced_halt_epoch, $3)
               where wallet = $1 and executor_epoch = $2`,
        values: [wallet, executorEpoch, haltEpoch],
      });
    },

    async listen(onChange, onLost) {
      let client: PoolClient;
      try {
        client = await pool.connect();
      } catch (cause) {
        throw asLedgerError('listen to control', cause);
      }
      client.on('notification', onChange);
      client.once('error', onLost);
      client.on('error', () => undefined); // A second one says nothing new and must be heard.
      await client.query('listen overmind_control').catch((cause: unknown) => {
        client.release(true);
        throw asLedgerError('listen to control', cause);
      });
      return () => client.release(true);
    },
  };
}

/** The journal is halted: should a resume be stored, it was never finished. */
async function rememberHalt(
  client: PoolClient,
  { stopId, reason }: NonNullable<TakeEpoch['halt']>,
  haltEpoch: number,
): Promise<void> {
  await client.query(
    `insert into halts (stop_id, halt_epoch, reason) values ($1, $2, $3)
     on conflict (stop_id) do update set resumed_at = null`,
    [stopId, haltEpoch, reason],
  );
}

function controlOf(rows: readonly Row[]): ControlRow {
  const [row] = rows;
  if (!row) throw new Error('the control row is made by the schema and never deleted');
  return {
    executorEpoch: Number(row.executor_epoch),
    haltEpoch: Number(row.halt_epoch),
    halted: row.halted,
    stopId: row.stop_id ?? undefined,
    reason: row.halt_reason ?? undefined,
  };
}
