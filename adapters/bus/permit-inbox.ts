import { permitStreamOf, STREAMS } from './stream-names.ts';
import { connectBlocking, connectBus, type BusConnection, type BusOptions } from './connect.ts';
import { entriesOf, type StreamEntry } from './stream-entry.ts';
import { asBusError, createStreamWriter, type NumberedEntry } from './stream-writer.ts';

export const PERMIT_GROUP = 'executor';
/** Fixed: a new life of the executor finds under it what the last one left. */
export const PERMIT_CONSUMER = 'executor';

/** A burst is read in few round trips; what a killed executor leaves pending stays small. */
const READ_COUNT = 64;
/** Never 0, and below the watchdog of the reader. */
const BLOCK_MS = 500;

export type PermitInbox = {
  /** Read by an earlier life and never acknowledged; repeatable. */
  readPending(afterId: string): Promise<readonly StreamEntry[]>;
  /** New entries, or none after half a second. A lost group is made again from the beginning. */
  readNew(): Promise<readonly StreamEntry[]>;
  acknowledge(entryIds: readonly string[]): Promise<void>;
  /**
   * Once: the same report id twice stores one entry. Answers with those that are not stored, and
   * throws where nothing is known of any.
   */
  storeReports<Report extends { readonly id: string; readonly json: string }>(
    reports: readonly Report[],
  ): Promise<readonly Report[]>;
};

export type OpenPermitInbox = {
  readonly inbox: PermitInbox;
  /** Makes the reading connection anew: a read on it has not come back. */
  readonly reopen: () => void;
  readonly close: () => void;
};

export async function openPermitInbox(
  url: string,
  wallet: string,
  options: Omit<BusOptions, 'name'>,
): Promise<OpenPermitInbox> {
  const blocking = await connectBlocking(url, { ...options, name: 'hotpath-read' });
  const commands = await connectBus(url, { ...options, name: 'hotpath-write' });
  return {
    inbox: createPermitInbox(wallet, blocking, commands),
    reopen: () => blocking.disconnect(true),
    close() {
      blocking.disconnect();
      commands.disconnect();
    },
  };
}

/** `blocking` serves only the reads: a blocked connection answers nothing else. */
export function createPermitInbox(
  wallet: string,
  blocking: BusConnection,
  commands: BusConnection,
): PermitInbox {
  const key = permitStreamOf(wallet);
  const writer = createStreamWriter(commands);

  const makeGroup = async (): Promise<void> => {
    try {
      await commands.xgroup('CREATE', key, PERMIT_GROUP, '0', 'MKSTREAM');
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.startsWith('BUSYGROUP'))) throw cause;
    }
  };

  const read = async (id: string): Promise<readonly StreamEntry[]> => {
    const args = ['COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', key, id] as const;
    try {
      return entriesOf(await blocking.xreadgroup('GROUP', PERMIT_GROUP, PERMIT_CONSUMER, ...args));
    } catch (cause) {
      if (cause instanceof Error && cause.message.includes('NOGROUP')) {
        await makeGroup();
        return [];
      }
      throw asBusError('XREADGROUP permits', cause);
    }
  };

  return {
    async readPending(afterId) {
      await makeGroup().catch((cause: unknown) => {
        throw asBusError('XGROUP permits', cause);
      });
      return read(afterId);
    },
    readNew: () => read('>'),
    async acknowledge(entryIds) {
      await commands.xack(key, PERMIT_GROUP, ...entryIds).catch((cause: unknown) => {
        throw asBusError('XACK permits', cause);
      });
    },
    async storeReports(reports) {
      const stored = await writer.appendAllOnce(
        STREAMS.reports,
        reports.map(({ id, json }): NumberedEntry => ({ id, fields: { r: json } })),
      );
      return reports.filter((_, at) => !stored[at]);
    },
  };
}
