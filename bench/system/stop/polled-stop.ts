import { queryRows, type LedgerPool } from '../../../adapters/ledger/connect.ts';

export type PolledStop = {
  /** ms from the call until whoever polls has noticed. */
  stopOnce(): Promise<number>;
  end(): Promise<void>;
};

const POLL_EVERY_MS = 1_000;

/** A stop as a flag in the database, at which the one who is to stop looks once a second. */
export async function startPolledStop(pool: LedgerPool): Promise<PolledStop> {
  await queryRows(pool, 'polled stop', {
    text: 'create table if not exists bench_stop as select 0::bigint as epoch',
  });
  const read = async (): Promise<number> => {
    const [row] = await queryRows<{ epoch: string }>(pool, 'poll', {
      text: 'select epoch from bench_stop',
    });
    return Number(row?.epoch ?? 0);
  };
  let seen = await read();
  let noticed: () => void = () => undefined;
  let ended = false;
  let wake: () => void = () => undefined;
  const polling = (async () => {
    while (!ended) {
      const epoch = await read();
      if (epoch > seen) {
        seen = epoch;
        noticed();
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, POLL_EVERY_MS);
      });
    }
  })();
  return {
    async stopOnce() {
      // At any moment of its second, as a stop comes.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * POLL_EVERY_MS));
      const begunMs = performance.now();
      const heard = new Promise<void>((resolve) => (noticed = resolve));
      await queryRows(pool, 'polled stop', { text: 'update bench_stop set epoch = epoch + 1' });
      await heard;
      return performance.now() - begunMs;
    },
    async end() {
      ended = true;
      wake();
      await polling;
    },
  };
}
