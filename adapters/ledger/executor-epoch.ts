import type { LedgerPool } from './connect.ts';
import { asLedgerError, inTransaction, queryRows } from './connect.ts';

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

/** An executor has heard of a stop in Postgres and has it on its disk. */
export type HaltAcknowledged = {
  readonly stopId: string;
  readonly haltEpoch: number;
  readonly executorEpoch: number;
};

export type ExecutorLedger = {
  /** A new executor epoch and its lease. From its commit on, permits of older epochs are dead. */
  takeEpoch(take: TakeEpoch): Promise<ControlRow>;
  /** False for an executor that a newer one has replaced. */
  renewLease(wallet: string, executorEpoch: number, leaseMs: number): Promise<boolean>;
  /** At an orderly end: nobody needs to wait for the lease to run out. */
  releaseLease(wallet: string, executorEpoch: number): Promise<void>;
  readControl(): Promise<ControlRow>;
  /**
   * Latches a halt and raises the epoch once, whichever store heard of it first: for a stop id that
   * is there already only a higher epoch counts. `haltEpoch` is what the executor counted, or 0.
   */
  recordHalt(halt: {
    readonly stopId: string;
    readonly reason: string;
    readonly haltEpoch: number;
  }): Promise<void>;
  /** Tells those who listen on `overmind_fenced`, who may be nobody. */
  acknowledgeHalt(fenced: HaltAcknowledged): Promise<void>;
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

/** Calls `onFenced` for each acknowledgement from now on, until the returned function is called. */
export async function listenToFenced(
  pool: LedgerPool,
  onFenced: (fenced: HaltAcknowledged) => void,
): Promise<() => void> {
  try {
    const client = await pool.connect();
    client.on('error', () => undefined); // Whoever waits also polls.
    client.on('notification', ({ channel, payload }) => {
      // The executor's own JSON; nobody else may notify on our database.
      if (channel === 'overmind_fenced') onFenced(JSON.parse(payload ?? '{}') as HaltAcknowledged);
    });
    await client.query('listen overmind_fenced');
    return () => client.release(true);
  } catch (cause) {
    throw asLedgerError('listen to acknowledgements', cause);
  }
}

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
        await client.query(
          `insert into executor_lease (wallet, executor_epoch, holder, expires_at)
           values ($1, $2, $3, now() + $4 * interval '1 millisecond')
           on conflict (wallet) do update set executor_epoch = excluded.executor_epoch,
             holder = excluded.holder, expires_at = excluded.expires_at`,
          [take.wallet, control.executorEpoch, take.holder, take.leaseMs],
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

    async recordHalt({ stopId, reason, haltEpoch }) {
      // The executor may have counted this stop already; Postgres may be behind it or ahead.
      await queryRows(pool, 'record halt', {
        text: `update control set halted = true, halt_reason = $2, stop_id = $1,
                 halted_at = case when halted and stop_id = $1 then halted_at else now() end,
                 halt_epoch = greatest($3,
                   case when halted and stop_id = $1 then halt_epoch else halt_epoch + 1 end)
               where not halted or stop_id is distinct from $1 or halt_epoch < $3`,
        values: [stopId, reason, haltEpoch],
      });
    },

    async acknowledgeHalt({ stopId, haltEpoch, executorEpoch }) {
      await queryRows(pool, 'acknowledge halt', {
        text: "select pg_notify('overmind_fenced', $1)",
        values: [JSON.stringify({ stopId, haltEpoch, executorEpoch })],
      });
    },

    async listen(onChange, onLost) {
      const client = await pool.connect();
      client.on('notification', onChange);
      client.on('error', onLost);
      await client.query('listen overmind_control');
      return () => client.release(true);
    },
  };
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
