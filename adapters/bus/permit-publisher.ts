import type { PermitBus } from '../../domain/risk/risk-ledger.ts';
import type { BusConnection } from './connect.ts';
import { permitStreamOf, STREAMS } from './stream-names.ts';
import { createStreamWriter } from './stream-writer.ts';

/**
 * Appends a stored permit as `<outbox sequence>-0`, so that sending it twice makes one entry. The
 * time `t` is the host's monotonic clock at the call: latencies count from here.
 */
export function createPermitPublisher(connection: BusConnection): PermitBus {
  const writer = createStreamWriter(connection);
  return {
    async publish({ sequence, p, m }, wallet): Promise<void> {
      const stream = { key: permitStreamOf(wallet), maxLength: STREAMS.permits.maxLength };
      const t = String(process.hrtime.bigint());
      await writer.appendOnce(stream, `${sequence}-0`, { p, m, t });
    },
  };
}
