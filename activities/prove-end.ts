import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type {
  ChainReader,
  ChainHeight,
  OriginStatuses,
} from '../domain/settlement/chain-reader.ts';
import type { ExecutorMemory } from '../domain/settlement/executor-memory.ts';
import { findByMark } from '../domain/settlement/permit-mark.ts';
import { executedStatus, isProvenDead, lastHeightOf } from '../domain/settlement/proof-of-end.ts';
import { expiredSettlement, settlementOf } from '../domain/settlement/settlement-of.ts';
import type { SettlementLedger, TrackedPermit } from '../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';

export type ProofDeps = {
  readonly ledger: Omit<SettlementLedger, 'recordReport'>;
  readonly chain: Omit<ChainReader, 'readGenesisHash' | 'readHeight' | 'readBalances'>;
  readonly commitment: 'confirmed' | 'finalized';
  readonly executor: ExecutorMemory;
  /** Ledger and trade hear what the executor remembers as if its report had arrived. */
  readonly carryReport: (report: ExecutionReport) => Promise<void>;
};

/** Of one `getSignatureStatuses`. */
const SIGNATURES_MAX = 256;

export function isLive({ status }: TrackedPermit): boolean {
  return status === 'issued' || status === 'submitted' || status === 'uncertain';
}

/** Of every signature that is known, from every origin, in as few calls as the chain allows. */
export async function readStatuses(
  chain: ProofDeps['chain'],
  tracked: readonly TrackedPermit[],
): Promise<readonly OriginStatuses[]> {
  const signatures = tracked.flatMap(({ signature }) =>
    signature === undefined ? [] : [signature],
  );
  const pages: (readonly OriginStatuses[])[] = [];
  for (let from = 0; from < signatures.length; from += SIGNATURES_MAX) {
    pages.push(await chain.readSignatureStatuses(signatures.slice(from, from + SIGNATURES_MAX)));
  }
  // An origin counts only if it answered every page, and as of its oldest answer.
  return chain.origins.flatMap((origin) => {
    const answers = pages.flatMap((page) => page.filter((answer) => answer.origin === origin));
    if (answers.length < pages.length || answers.length === 0) return [];
    const slot = Math.min(...answers.map((answer) => answer.slot));
    return [{ origin, slot, found: answers.flatMap(({ found }) => found) }];
  });
}

export async function settleFound(
  { chain, ledger, commitment }: ProofDeps,
  tracked: TrackedPermit,
  statuses: readonly OriginStatuses[],
): Promise<Settlement | undefined> {
  const { permit, signature } = tracked;
  const status = signature && executedStatus(signature, statuses, commitment);
  if (!signature || !status) return undefined;
  const transaction = await chain.readTransaction(signature);
  // The origin asked for it may lag behind, or be on another fork than the one with the status.
  if (!transaction) return undefined;
  if ((transaction.error === undefined) !== (status.error === undefined)) return undefined;
  return ledger.recordSettlement(settlementOf(permit, transaction), tracked);
}

/** The same permits, with what the executor remembers of those that nobody reported; less those it refused. */
export async function askExecutor(
  { executor, carryReport, ledger }: ProofDeps,
  silent: readonly TrackedPermit[],
): Promise<readonly TrackedPermit[]> {
  const carried = await Promise.all(
    silent
      .filter(({ signature }) => signature === undefined)
      .map(async ({ permit }) => {
        const report = await executor.whatBecameOf(permit);
        // Uncertain without a signature says no more than silence.
        if (!report || (report.kind === 'uncertain' && !report.signature)) return undefined;
        await carryReport(report);
        return permit.id;
      }),
  );
  const changed = carried.filter((id) => id !== undefined);
  if (changed.length === 0) return silent;
  const fresh = (await ledger.readTracked(changed)).filter(isLive);
  return [...silent.filter(({ permit }) => !changed.includes(permit.id)), ...fresh];
}

/** A known signature that no origin has, although all are past its last height. */
export async function settleDead(
  { chain, ledger }: ProofDeps,
  tracked: TrackedPermit,
  answers: {
    readonly heights: readonly ChainHeight[];
    readonly statuses: readonly OriginStatuses[];
  },
): Promise<Settlement | undefined> {
  const { permit, signature, lastValidHeight } = tracked;
  const lastHeight = lastHeightOf(permit, lastValidHeight);
  const view = { origins: chain.origins, ...answers };
  if (signature === undefined || !isProvenDead(signature, lastHeight, view)) return undefined;
  return ledger.recordSettlement(expiredSettlement(permit, signature), tracked);
}

/**
 * Report and journal are lost, and whatever was signed is dead or finalized on every origin: the
 * wallet's own history decides.
 */
export async function settleUnsigned(
  { chain, ledger }: ProofDeps,
  tracked: TrackedPermit,
): Promise<Settlement | undefined> {
  const { permit } = tracked;
  const histories = await chain.readWalletHistories();
  const isComplete = chain.origins.every((origin) =>
    histories.some((one) => one.origin === origin),
  );
  if (!isComplete) return undefined;

  const signatures = histories.flatMap((one) => one.signatures.map(({ signature }) => signature));
  const all = [...new Set(signatures)];
  const known = await ledger.readKnownSignatures(all);
  const transactions = await Promise.all(
    all.filter((signature) => !known.has(signature)).map((one) => chain.readTransaction(one)),
  );
  const readable = transactions.filter((transaction) => transaction !== undefined);
  const found = findByMark(permit, readable);
  if (found) return ledger.recordSettlement(settlementOf(permit, found), tracked);
  // One that could not be read might have been it.
  if (readable.length < transactions.length) return undefined;
  return ledger.recordSettlement(expiredSettlement(permit, undefined), tracked);
}
