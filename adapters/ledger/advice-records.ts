import type { Advice } from '../../domain/analysis/consultation.ts';
import type { AdviceRecords } from '../../domain/analysis/standing-veto.ts';
import type { FieldSeal } from '../../domain/shared/field-seal.ts';
import type { SignalId } from '../../domain/shared/ids.ts';
import { queryRows, type LedgerPool } from './connect.ts';
import { asideOf, WORDS } from './sealed-decisions.ts';

type VetoRow = {
  readonly signal_id: string;
  readonly reasons: Advice['reasons'];
  readonly veto_until_ms: string;
};

/** What the model was asked and said is sealed; what is counted and queried is not. */
export function createAdviceRecords(pool: LedgerPool, seal: FieldSeal): AdviceRecords {
  return {
    async recordAside({ signalId, consultation, vetoUntilMs }) {
      await queryRows(pool, 'record advice', {
        name: 'trade-advised',
        text: `update trades set advice_aside = $2, veto_until_ms = $3, updated_at = now()
          where signal_id = $1`,
        values: [
          signalId,
          JSON.stringify(seal.seal(consultation, WORDS, asideOf(signalId))),
          vetoUntilMs ?? null,
        ],
      });
    },

    async readVeto({ runId, market, marketTimeMs }) {
      const [row] = await queryRows<VetoRow>(pool, 'read veto', {
        name: 'standing-veto',
        // Of what lies behind the candidate alone: a run that is resumed meets its own later trades.
        text: `select signal_id, advice_aside #> '{advice,reasons}' as reasons, veto_until_ms
          from trades
          where run_id = $1 and market = $2 and veto_until_ms > $3 and market_time_ms < $3
          order by veto_until_ms desc limit 1`,
        values: [runId, market, Math.floor(marketTimeMs)],
      });
      if (!row) return undefined;
      const { signal_id: signalId, reasons, veto_until_ms: untilMs } = row;
      return { signalId, reasons, untilMs: Number(untilMs) };
    },
  };
}

/** Under which a gateway keeps what was said of the trade; undefined where none was asked. */
export async function readEpisode(
  pool: LedgerPool,
  signalId: SignalId,
): Promise<string | undefined> {
  const [row] = await queryRows<{ readonly episode: string | null }>(pool, 'read episode', {
    text: `select coalesce(decision_inputs #>> '{consultation,episodeId}',
        advice_aside ->> 'episodeId') as episode
      from trades where signal_id = $1`,
    values: [signalId],
  });
  return row?.episode ?? undefined;
}
