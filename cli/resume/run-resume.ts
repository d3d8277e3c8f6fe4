import { existsSync } from 'node:fs';
import { reconcileWallet } from '../../activities/reconcile-wallet.ts';
import { createChainReader } from '../../adapters/chain/chain-reader.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { readFlatBooks, readHaltView } from '../../adapters/ledger/halt-ledger.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import {
  createReconciliationLedger,
  storeReconciliation,
  type StoredReconciliation,
} from '../../adapters/ledger/reconciliation-ledger.ts';
import { signAsOperator } from '../../adapters/secrets/operator-files.ts';
import {
  createExecutorClient,
  type ExecutorClient,
  type ExecutorStatus,
} from '../../adapters/socket-rpc/executor-client.ts';
import { operatorKeyFile } from '../../config/operators.ts';
import { resumeText, type OperatorSignature } from '../../domain/control/resume-statement.ts';
import { keyOfDifference } from '../../domain/settlement/reconcile.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { requirePostgres, type System } from '../find-system.ts';

export type ResumeOrder = {
  /** `name`, or `name=key file`. */
  readonly operators: readonly string[];
  readonly reason: string;
};

const ANSWER_MS_MAX = 2_000;
/** Its ledger transaction included. */
const RESUME_MS_MAX = 10_000;
const CONNECTIONS_MAX = 2;
/** What landed last must be final before ledger and chain can agree on it. */
const FINAL_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 500;

/** Throws `control/refused` with everything that speaks against it. */
export async function runResume(
  system: System,
  order: ResumeOrder,
): Promise<{ readonly haltEpoch: number }> {
  const pool = createPool(requirePostgres(system), 'resume', CONNECTIONS_MAX);
  const executor = createExecutorClient(system.config.files.executorSocket);
  try {
    const status = await executor.status(ANSWER_MS_MAX);
    if (!status.halted) throw refused('the executor is not halted');
    await requireQuiet(pool);
    const reconciliation = await reconcileNow(system, pool, status.wallet);
    const resumed = await ask(executor, { system, order, status, reconciliation });
    return { haltEpoch: resumed };
  } finally {
    executor.close();
    void pool.end().catch(() => undefined); // The process ends with it.
  }
}

const refused = (faults: string): OvermindError => new OvermindError('control/refused', { faults });

async function requireQuiet(pool: LedgerPool): Promise<void> {
  const { live, halted } = await readHaltView(pool, '');
  if (!halted) throw refused('Postgres is not halted yet, it follows the executor within a second');
  if (live.length === 0) return;
  const ids = live.map(({ permitId }) => permitId).join(', ');
  throw refused(`not QUIESCED: ${live.length} permits have no proven end: ${ids}`);
}

/** A fresh comparison, beyond the last slot in which anything of ours landed. */
async function reconcileNow(
  { config, runFile }: System,
  pool: LedgerPool,
  wallet: string,
): Promise<StoredReconciliation> {
  const { rpc = [] } = config.addresses;
  if (rpc.length === 0) throw refused('no chain is named, so nothing can be reconciled');
  const run = await readRunRow(pool, runFile?.run);
  if (!run) throw refused('there is no run to reconcile');
  const chain = createChainReader({ urls: rpc, commitment: 'finalized', wallet });
  const ledger = createReconciliationLedger(pool);
  const endMs = performance.now() + FINAL_WITHIN_MS;
  for (;;) {
    const books = await readFlatBooks(pool, run.runId);
    const found = await reconcileWallet({ chain, ledger }, run.runId);
    const isFinal = found !== undefined && found.slot >= (books?.lastSettledSlot ?? Infinity);
    if (isFinal && found.differences.length === 0) {
      return storeReconciliation(pool, run.runId, found);
    }
    if (performance.now() > endMs) {
      const differences = found?.differences.map(keyOfDifference).join(', ');
      throw refused(
        `ledger and chain do not agree: ${differences || 'what landed last is not final'}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function ask(
  executor: ExecutorClient,
  {
    system,
    order,
    status,
    reconciliation,
  }: {
    readonly system: System;
    readonly order: ResumeOrder;
    readonly status: ExecutorStatus;
    readonly reconciliation: StoredReconciliation;
  },
): Promise<number> {
  const { wallet, haltEpoch, configHash } = status;
  const { reason } = order;
  const agreed = { haltEpoch, configHash, reason, reconciliationHash: reconciliation.hash };
  const text = resumeText({ ...agreed, wallet });
  const signatures = order.operators.map((one) => signAs(system, one, text));
  const answer = await executor.resume(
    { ...agreed, reconciliationId: reconciliation.id, signatures },
    RESUME_MS_MAX,
  );
  if (answer.resumed) return answer.haltEpoch;
  throw refused(answer.why.join('; '));
}

function signAs({ config }: System, operator: string, text: string): OperatorSignature {
  const at = operator.indexOf('=');
  const name = at < 0 ? operator : operator.slice(0, at);
  const keyFile = at < 0 ? operatorKeyFile(config, name) : operator.slice(at + 1);
  if (!existsSync(keyFile)) throw refused(`no private key of ${name} in ${keyFile}`);
  return { operator: name, signature: signAsOperator(keyFile, text) };
}
