import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import {
  readRememberedState,
  readVotedTrades,
  recordRevocation,
  type RememberedState,
  type VotedTrade,
} from '../../adapters/ledger/memory-lineage.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import { parseMemoryId } from '../../domain/analysis/memory-id.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { queryLink, workflowLink, workflowsQuery } from '../../temporal/web-ui.ts';

export type MemoryQuestion = {
  readonly id: string;
  /** Undefined: the run begun last. */
  readonly runId: RunId | undefined;
  readonly temporalUi: string | undefined;
};

export type MemoryLineage = RememberedState & {
  readonly id: string;
  readonly trades: readonly (VotedTrade & { readonly webUi?: string })[];
  /** All of them as one list of the Web UI; absent without trades or address. */
  readonly webUiList?: string;
};

/** The newest; an address of the browser's bar has its limits. */
const LISTED_MAX = 50;

/** Throws `input/invalid` for an id that is none and `memory/unknown` for one of nothing. */
export async function showMemory(
  pool: LedgerPool,
  question: MemoryQuestion,
): Promise<MemoryLineage> {
  const { id, temporalUi } = question;
  const state = await findState(pool, question);
  const trades = await readVotedTrades(pool, state.runId, state);
  if (temporalUi === undefined || trades.length === 0) return { ...state, id, trades };
  const listed = trades.slice(0, LISTED_MAX).map(({ workflowId }) => workflowId);
  return {
    ...state,
    id,
    trades: trades.map((trade) => ({
      ...trade,
      webUi: workflowLink(temporalUi, trade.workflowId),
    })),
    webUiList: queryLink(temporalUi, workflowsQuery(listed)),
  };
}

/** Safe to repeat. Answers with the memory as it is afterwards. */
export async function revokeMemory(
  pool: LedgerPool,
  question: MemoryQuestion & { readonly reason: string },
): Promise<MemoryLineage> {
  const state = await findState(pool, question);
  const { runId } = state;
  await recordRevocation(pool, runId, state, question.reason);
  return showMemory(pool, { ...question, runId });
}

async function findState(
  pool: LedgerPool,
  { id, runId: asked }: MemoryQuestion,
): Promise<RememberedState> {
  const memory = parseMemoryId(id);
  const run = await readRunRow(pool, asked);
  const runId = run?.runId ?? asked ?? '(none)';
  const state = run && (await readRememberedState(pool, runId, memory));
  if (!state) throw new OvermindError('memory/unknown', { asked: id, runId });
  return state;
}
