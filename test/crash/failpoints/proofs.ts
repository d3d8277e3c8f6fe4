import { setTimeout as pause } from 'node:timers/promises';
import { reconcileWallet } from '../../../activities/reconcile-wallet.ts';
import { createChainReader } from '../../../adapters/chain/chain-reader.ts';
import { createReconciliationLedger } from '../../../adapters/ledger/reconciliation-ledger.ts';
import { keyOfDifference } from '../../../domain/settlement/reconcile.ts';
import type { PermitId } from '../../../domain/shared/ids.ts';
import { RUN } from '../../support/settling.ts';
import { until } from '../../support/until.ts';
import type { CrashBench } from './crash-bench.ts';

export type PermitEnd = {
  readonly permitId: PermitId;
  readonly status: string;
  readonly signature: string | null;
};

/** What all journals of all lives have said, also what a power loss took from them afterwards. */
export type EverSigned = ReadonlyMap<string, PermitId>;

const QUIET_LIMIT_MS = 60_000;
const AGREED_LIMIT_MS = 20_000;
const AGAIN_MS = 200;

export async function untilQuiet({ pool }: Pick<CrashBench, 'pool'>): Promise<void> {
  await until(
    'every permit has an end',
    async () => {
      const { rows } = await pool.query<{ live: string }>(
        `select count(*) as live from permits where status in ('issued', 'submitted', 'uncertain')`,
      );
      return rows[0]?.live === '0';
    },
    QUIET_LIMIT_MS,
  );
}

export async function readEnds({ pool }: Pick<CrashBench, 'pool'>): Promise<readonly PermitEnd[]> {
  const { rows } = await pool.query<PermitEnd>(
    'select permit_id as "permitId", status, signature from permits order by created_at',
  );
  return rows;
}

/** Everything that must hold once all permits have an end; each fault in words. */
export async function faultsAtEnd(
  bench: CrashBench,
  everSigned: EverSigned,
): Promise<readonly string[]> {
  const ends = await readEnds(bench);
  const executed = await readExecuted(bench);
  return [
    ...bench.faults,
    ...faultsOfEnds(ends, { executed, everSigned }),
    ...faultsOfWire(bench, executed, everSigned),
    ...(await differences(bench)),
  ];
}

type Executed = ReadonlyMap<string, { readonly failed: boolean }>;

/** All that the wallet has ever done, straight from the chain. */
async function readExecuted({ rpcUrls, wallet }: CrashBench): Promise<Executed> {
  const chain = createChainReader({ urls: rpcUrls, commitment: 'confirmed', wallet });
  const executed = new Map<string, { readonly failed: boolean }>();
  for (const { signature } of await chain.readWalletSignatures()) {
    const transaction = await chain.readTransaction(signature);
    executed.set(signature, { failed: transaction?.error !== undefined });
  }
  return executed;
}

function faultsOfEnds(
  ends: readonly PermitEnd[],
  { executed, everSigned }: { readonly executed: Executed; readonly everSigned: EverSigned },
): readonly string[] {
  const signedFor = new Map<PermitId, string[]>();
  for (const [signature, permitId] of everSigned) {
    signedFor.set(permitId, [...(signedFor.get(permitId) ?? []), signature]);
  }
  return ends.flatMap(({ permitId, status, signature }) => {
    const signed = signedFor.get(permitId) ?? [];
    const onChain = signed.filter((one) => executed.has(one));
    const wanted = status === 'landed' || status === 'failed' ? 1 : 0;
    const faults: string[] = [];
    if (signed.length > 1) faults.push(`${permitId} was signed ${signed.length} times`);
    if (onChain.length !== wanted) {
      faults.push(`${permitId} is ${status}, and on chain ${onChain.length} times`);
    }
    for (const one of onChain) {
      const { failed } = executed.get(one) ?? {};
      if (failed !== (status === 'failed')) faults.push(`${permitId} is ${status}, not on chain`);
      if (one !== signature) faults.push(`${permitId} is booked with another signature`);
    }
    return faults;
  });
}

/** Chain ⊆ wire ⊆ journal: nothing leaves that was not journalled before. */
function faultsOfWire(
  { taps }: CrashBench,
  executed: Executed,
  everSigned: EverSigned,
): readonly string[] {
  const received = new Set(taps.flatMap((tap) => [...tap.received.keys()]));
  return [
    ...[...received]
      .filter((signature) => !everSigned.has(signature))
      .map((signature) => `${signature} left the executor and is in no journal`),
    ...[...executed.keys()]
      .filter((signature) => !received.has(signature))
      .map((signature) => `${signature} is on chain and did not come from the executor`),
  ];
}

/** Baseline and settlements against the finalized wallet, and each of its transactions. */
async function differences({ pool, rpcUrls, wallet }: CrashBench): Promise<readonly string[]> {
  const chain = createChainReader({ urls: rpcUrls, commitment: 'finalized', wallet });
  const ledger = createReconciliationLedger(pool);
  const { rows } = await pool.query<{ slot: string }>(
    'select coalesce(max(slot), 0) as slot from settlements',
  );
  const lastSlot = Number(rows[0]?.slot);
  for (const endMs = Date.now() + AGREED_LIMIT_MS; ; await pause(AGAIN_MS)) {
    const found = await reconcileWallet({ chain, ledger }, RUN);
    if (!found) return ['there is no baseline to compare with'];
    const isFinal = found.slot >= lastSlot;
    if (isFinal && found.differences.length === 0) return [];
    if (Date.now() > endMs) {
      return found.differences.map((one) => `ledger and chain differ: ${keyOfDifference(one)}`);
    }
  }
}
