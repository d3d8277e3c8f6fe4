import pg from 'pg';
import { pause } from './latest-writer.ts';

export type ChangeListener = { stop(): Promise<void> };

const RETRY_AFTER_MS = 500;

/**
 * Calls `onChange` at each notification, and after each new connection, since what happened while
 * there was none is unknown. It reconnects for ever; the caller polls as a backstop.
 */
export function listenForChanges(
  url: string,
  channels: readonly string[],
  onChange: () => void,
): ChangeListener {
  let stopped = false;
  let client: pg.Client | undefined;

  const session = async (): Promise<void> => {
    const opened = new pg.Client({
      connectionString: url,
      application_name: 'overmind-ingest-listen',
    });
    client = opened;
    const lost = new Promise<void>((resolve) => {
      opened.on('error', () => resolve());
      opened.on('end', () => resolve());
    });
    opened.on('notification', onChange);
    try {
      await opened.connect();
      for (const channel of channels) await opened.query(`listen ${channel}`);
      onChange();
      await lost;
    } finally {
      await opened.end().catch(() => undefined);
    }
  };

  const running = (async () => {
    while (!stopped) {
      await session().catch(() => undefined);
      if (!stopped) await pause(RETRY_AFTER_MS);
    }
  })();

  return {
    async stop(): Promise<void> {
      stopped = true;
      await client?.end().catch(() => undefined);
      await running;
    },
  };
}
