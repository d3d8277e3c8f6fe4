import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase58 } from '../../../../domain/shared/base58.ts';
import type { Chain } from '../../../../simnet/chain.ts';
import { FAUCET_ADDRESS, faucetTransfer } from '../../../../simnet/faucet.ts';
import type { Pending } from '../../../../simnet/state/chain-state.ts';
import { openChain, type OpenedChain } from '../../../../simnet/store/open-chain.ts';

const NO_PROGRAMS = new Map<string, Uint8Array>();
/** Older than a snapshot gets. */
const SNAPSHOT_EVERY_MS = 60_000;

export type Lives = ReturnType<typeof createLives>;

/** Chains in folders of their own, on a clock of their own; a copied folder is a killed chain. */
export function createLives() {
  const root = mkdtempSync(join(tmpdir(), 'overmind-simnet-'));
  let nowMs = 1_800_000_000_000;
  let opened: OpenedChain[] = [];

  const close = (one: OpenedChain): void => {
    opened = opened.filter((other) => other !== one);
    one.close();
  };

  return {
    folder: (name: string): string => join(root, name),
    open(name: string, programs = NO_PROGRAMS): OpenedChain {
      const one = openChain({ folder: join(root, name), programs, nowMs: () => nowMs });
      opened.push(one);
      return one;
    },
    close,
    /** Copies the folder as a kill at this moment would leave it. */
    killed(from: string, to: string): string {
      cpSync(join(root, from), join(root, to), { recursive: true });
      rmSync(join(root, to, 'simnet.lock'), { force: true });
      return join(root, to);
    },
    /** Something of everything. */
    live(chain: Chain, slots: number): void {
      for (let n = 0; n < slots; n += 1) {
        nowMs += 400;
        liveOneSlot(chain, n);
      }
    },
    letSnapshotBeTaken({ keepUp }: OpenedChain): void {
      nowMs += SNAPSHOT_EVERY_MS;
      keepUp();
    },
    end(): void {
      for (const one of opened) one.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export const filesOf = (folder: string, kind: 'log' | 'snapshot' | 'history'): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => join(folder, name));

export const aKey = (): string => encodeBase58(randomBytes(32));

export const accept = (
  chain: Chain,
  transaction: Pending['transactions'][number],
  extra: Partial<Pending> = {},
): boolean =>
  chain.enqueue({
    transactions: [transaction],
    atomic: false,
    dueSlot: chain.blocks.slot() + 1,
    forceFailure: false,
    ...extra,
  });

export function send(
  chain: Chain,
  to: string,
  lamports: bigint,
  extra: Partial<Pending> = {},
): string {
  const transaction = faucetTransfer(to, lamports, chain.blocks.current().blockhash);
  accept(chain, transaction, extra);
  return transaction.id;
}

/** Everything of a chain that clients can see. */
export const seen = (chain: Chain) => ({
  slot: chain.blocks.slot(),
  height: chain.blocks.current().height,
  blocks: chain.blocks.recent(),
  accounts: Object.fromEntries(
    (chain.state()?.accounts.accounts ?? []).map(([address, account]) => [
      address,
      account && { ...account, data: Buffer.from(account.data).toString('hex') },
    ]),
  ),
  atFinality: chain.accounts.readAt(FAUCET_ADDRESS, chain.blocks.slotAt('finalized'))?.lamports,
  faucetHistory: chain.history.of(FAUCET_ADDRESS).map(({ id, slot, execution, postBalances }) => ({
    id,
    slot,
    err: execution.err,
    postBalances,
  })),
  counts: chain.counts(),
  bundles: chain.bundles.dump(),
});

function liveOneSlot(chain: Chain, n: number): void {
  const to = aKey();
  send(chain, to, 1_000_000n + BigInt(n));
  if (n % 3 === 0) send(chain, to, 2n ** 60n); // More than the faucet has: it fails for a fee.
  if (n % 4 === 0) send(chain, to, 5_000_000n, { dueSlot: chain.blocks.slot() + 6 });
  if (n % 5 === 0) send(chain, to, 7_000_000n, { atomic: true, bundle: 'told' });
  chain.openSlot(n % 2 === 0 ? { kind: 'airdrop', to: aKey(), lamports: 9_000_000n } : undefined);
}
