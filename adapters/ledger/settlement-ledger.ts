import { legCosts } from '../../domain/settlement/leg-costs.ts';
import type { SettlementLedger } from '../../domain/settlement/settlement-ledger.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { inTransaction, queryRows, type LedgerPool } from './connect.ts';
import { readTracked } from './permit-rows.ts';
import { recordReport } from './record-report.ts';
import { recordSettlement } from './record-settlement.ts';
import { readSettlementRow } from './settlement-rows.ts';

export type SettlementLedgerOptions = {
  /** Throws `market/unknown` for a market that nobody registered. */
  readonly quoteDecimalsOf: (market: MarketId) => number;
};

export function createSettlementLedger(
  pool: LedgerPool,
  { quoteDecimalsOf }: SettlementLedgerOptions,
): SettlementLedger {
  return {
    readTracked: (permitIds) => readTracked(pool, permitIds),
    readSettlement: (permitId) => readSettlementRow(pool, permitId),
    async readKnownSignatures(signatures) {
      const rows = await queryRows<{ signature: string }>(pool, 'read known signatures', {
        name: 'signatures-known',
        text: `select signature from permits where signature = any($1)
          union select signature from housekeeping_intents where signature = any($1)
          union select signature from ledger_entries where signature = any($1)`,
        values: [[...signatures]],
      });
      return new Set(rows.map(({ signature }) => signature));
    },
    recordReport: (report) =>
      inTransaction(pool, 'record report', (client) => recordReport(client, report)),
    recordSettlement: (settlement, tracked) => {
      const { market, solPrice } = tracked.signal;
      const costs = legCosts(settlement, solPrice, quoteDecimalsOf(market));
      return inTransaction(pool, 'record settlement', (client) =>
        recordSettlement(client, { settlement, tracked, costs }),
      );
    },
  };
}
