import { isPast, lastHeightOf } from '../domain/settlement/proof-of-end.ts';
import type { TrackedPermit } from '../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { PermitId } from '../domain/shared/ids.ts';
import {
  askExecutor,
  isLive,
  readStatuses,
  settleDead,
  settleFound,
  settleUnsigned,
  type ProofDeps,
} from './prove-end.ts';

export type SettlePermitsDeps = ProofDeps & {
  /** Wall time. */
  readonly nowMs: () => number;
  /** One permit that cannot be settled must not hold up the others. Told once a permit. */
  readonly onFault: (permitId: PermitId, error: unknown) => void;
};

/**
 * Looks once at each permit; answers with those whose end is proven, and has recorded it. What is
 * not proven stays unknown, which is never an end.
 */
export type SettlePermits = (permitIds: readonly PermitId[]) => Promise<readonly Settlement[]>;

type Settle = (one: TrackedPermit) => Promise<Settlement | undefined>;
type SettleEach = (
  tracked: readonly TrackedPermit[],
  settle: Settle,
) => Promise<readonly Settlement[]>;

/** A report is late by then. */
const SILENT_AFTER_MS = 2_000;
/** Executor and finality are asked less often than the chain about known signatures. */
const SILENT_LOOK_EVERY_MS = 250;
const FAULTS_TOLD_MAX = 10_000;

export function createSettlePermits(deps: SettlePermitsDeps): SettlePermits {
  const { ledger, chain } = deps;
  const each = createSettleEach(deps.onFault);
  let silentLookDueMs = 0;

  return async (permitIds) => {
    const tracked = await ledger.readTracked(permitIds);
    const live = tracked.filter(isLive);
    const over = tracked.filter((one) => !isLive(one));
    const statuses = await readStatuses(chain, live);
    const [ended, executed] = await Promise.all([
      each(over, ({ permit }) => ledger.readSettlement(permit.id)),
      each(live, (one) => settleFound(deps, one, statuses)),
    ]);
    const settled = [...ended, ...executed];

    const nowMs = deps.nowMs();
    const silent = without(live, executed).filter(
      ({ permit }) => nowMs >= permit.validUntilMs + SILENT_AFTER_MS,
    );
    if (silent.length === 0 || nowMs < silentLookDueMs) return settled;
    silentLookDueMs = nowMs + SILENT_LOOK_EVERY_MS;
    try {
      return [...settled, ...(await settleSilent(deps, each, silent))];
    } catch (error) {
      // What is recorded must reach its trades; the rest is looked at again.
      if (settled.length > 0) return settled;
      throw error;
    }
  };
}

/** What neither reports nor the chain's newest statuses have settled. */
async function settleSilent(
  deps: SettlePermitsDeps,
  each: SettleEach,
  silent: readonly TrackedPermit[],
): Promise<readonly Settlement[]> {
  const { chain } = deps;
  const remembered = await askExecutor(deps, silent);
  const heights = await chain.readFinalizedHeight();
  const past = remembered.filter(({ permit, lastValidHeight }) =>
    isPast(lastHeightOf(permit, lastValidHeight), { origins: chain.origins, heights }),
  );
  if (past.length === 0) return [];
  // After the heights, and again: what was asked before them says nothing about the time since.
  const statuses = await readStatuses(chain, past);
  return each(past, (one) =>
    one.signature === undefined
      ? settleUnsigned(deps, one)
      : settleDead(deps, one, { heights, statuses }),
  );
}

/** A fault is one permit's own: it is told of once, and the others go on. */
function createSettleEach(onFault: SettlePermitsDeps['onFault']): SettleEach {
  const told = new Set<PermitId>();
  return async (tracked, settle) => {
    const answers = await Promise.all(
      tracked.map((one) =>
        settle(one).catch((error: unknown) => {
          const { id } = one.permit;
          if (told.size > FAULTS_TOLD_MAX) told.clear();
          if (!told.has(id)) onFault(id, error);
          told.add(id);
          return undefined;
        }),
      ),
    );
    return answers.filter((settlement) => settlement !== undefined);
  };
}

function without(
  tracked: readonly TrackedPermit[],
  settled: readonly Settlement[],
): readonly TrackedPermit[] {
  const ids = new Set(settled.map(({ permitId }) => permitId));
  return tracked.filter(({ permit }) => !ids.has(permit.id));
}
