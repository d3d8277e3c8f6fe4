import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { readPosition, type PositionLine } from '../../adapters/ledger/position-list.ts';
import { readTradeLife, type TradeLife } from '../../adapters/ledger/trade-life.ts';
import { findTrades, type TradeLine } from '../../adapters/ledger/trade-list.ts';
import { createFieldSeal } from '../../adapters/payloads/field-seal.ts';
import type { Config } from '../../config/config.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { signalIdOfWorkflow } from '../../temporal/ids.ts';
import { workflowLink } from '../../temporal/web-ui.ts';

export type WholeTrade = TradeLine &
  TradeLife & {
    readonly position?: PositionLine;
    /** Of the Web UI; absent where its address is not known. */
    readonly webUi?: string;
  };

const NAMED_MAX = 5;

/** By its id, a part of it that no other trade has, or its workflow's id. Throws `trade/unknown`. */
export async function readWholeTrade(
  pool: LedgerPool,
  asked: string,
  { addresses: { temporalUi }, payloads }: Config,
): Promise<WholeTrade> {
  const line = await findOneTrade(pool, asked);
  const [life, position] = await Promise.all([
    readTradeLife(pool, line.signalId, createFieldSeal(payloads.keys)),
    readPosition(pool, line.signalId),
  ]);
  if (!life) throw new OvermindError('trade/unknown', { asked, hint: 'it has just been removed' });
  return {
    ...line,
    ...life,
    ...(position ? { position } : {}),
    ...(temporalUi === undefined ? {} : { webUi: workflowLink(temporalUi, line.workflowId) }),
  };
}

/** By its id, a part of it that no other trade has, or its workflow's id. Throws `trade/unknown`. */
export async function findOneTrade(pool: LedgerPool, asked: string): Promise<TradeLine> {
  const part = signalIdOfWorkflow(asked) ?? asked;
  const found = await findTrades(pool, part, NAMED_MAX + 1);
  const [first, second] = found;
  if (!first) {
    const hint = 'npx overmind trades lists ids; a beginning or an ending is enough';
    throw new OvermindError('trade/unknown', { asked, hint });
  }
  if (!second || first.signalId === part) return first;
  const named = found.slice(0, NAMED_MAX).map(({ signalId }) => signalId);
  const more = found.length > NAMED_MAX ? ' and more' : '';
  throw new OvermindError('trade/unknown', { asked, hint: `it fits ${named.join(', ')}${more}` });
}
