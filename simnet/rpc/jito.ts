import { TIP_ACCOUNTS } from '../addresses.ts';
import type { Chain } from '../chain.ts';
import type { Intake } from '../intake.ts';
import { invalidParams } from '../rpc-fault.ts';
import { bundleIdOf, type Bundle } from '../state/bundles.ts';
import type { Message, Transaction } from '../transaction/message.ts';
import { tipsIn } from '../transaction/tip.ts';
import type { Methods } from './methods.ts';
import { configAt, listFrom } from './params.ts';

const BUNDLE_TRANSACTIONS_MAX = 5;
const TIP_LAMPORTS_MIN = 1_000n;
const STATUSES_MAX = 5;
const DONT_FRONT_PREFIX = 'jitodontfront';

export type BlockEngine = ReturnType<typeof createBlockEngine>;

/** Jito's block engine as far as a sender sees it: bundles land whole or not at all. */
export function createBlockEngine(chain: Chain, intake: Intake) {
  /** Undefined: unknown, or said to be. */
  const told = (id: unknown): Bundle | undefined => {
    const bundle = chain.bundles.find(String(id));
    return bundle?.reportedInvalid ? undefined : bundle;
  };

  const acceptBundle = (transactions: readonly Transaction[], port: number): string => {
    for (const { id, message } of transactions) {
      if (chain.history.find(id)) {
        throw invalidParams('bundle contains an already processed transaction');
      }
      if (!chain.blocks.isAlive(message.blockhash)) {
        throw invalidParams('bundle contains a transaction with an expired blockhash');
      }
    }
    const signatures = transactions.map(({ id }) => id);
    intake.accept({ transactions, atomic: true, port, bundle: true });
    return bundleIdOf(signatures);
  };

  /** By whichever road it came: the same rules, and its id. */
  const sendBundle = <Wire>(
    wires: readonly Wire[],
    read: (wire: Wire) => Transaction,
    port: number,
  ): string => {
    if (wires.length === 0 || wires.length > BUNDLE_TRANSACTIONS_MAX) {
      throw invalidParams(`bundles hold 1 to ${BUNDLE_TRANSACTIONS_MAX} transactions`);
    }
    const transactions = wires.map(read);
    if (!transactions.some(({ message }) => paysTip(message))) {
      throw invalidParams(
        `Bundles must write lock at least one tip account and pay it ${TIP_LAMPORTS_MIN} lamports`,
      );
    }
    const late = transactions.findIndex(({ message }, at) => at > 0 && forbidsFront(message));
    if (late > 0) throw invalidParams(`transaction ${late} is marked dontfront and is not first`);
    return acceptBundle(transactions, port);
  };

  const methods: Methods = {
    getTipAccounts: () => TIP_ACCOUNTS,
    sendBundle(params, { port }) {
      const { encoding } = configAt(params, 1) as { readonly encoding?: unknown };
      const wires = listFrom(params[0], 'transactions', Number.MAX_SAFE_INTEGER);
      return sendBundle(wires, (wire) => intake.read(wire, encoding), port);
    },
    getBundleStatuses(params) {
      const value = listFrom(params[0], 'bundle ids', STATUSES_MAX).map((id) => {
        const bundle = told(id);
        if (bundle?.slot === undefined) return null;
        return {
          bundle_id: id,
          transactions: bundle.signatures,
          slot: bundle.slot,
          confirmation_status: chain.blocks.commitmentOf(bundle.slot),
          err: { Ok: null },
        };
      });
      return { context: { slot: chain.blocks.slot() }, value };
    },
    getInflightBundleStatuses(params) {
      const value = listFrom(params[0], 'bundle ids', STATUSES_MAX).map((id) => {
        const bundle = told(id);
        return {
          bundle_id: id,
          status: bundle?.status ?? 'Invalid',
          landed_slot: bundle?.slot ?? null,
        };
      });
      return { context: { slot: chain.blocks.slot() }, value };
    },
  };

  return {
    methods,
    sendBundle,
    /** The engine's own `sendTransaction`: no preflight; alone in a bundle when that is asked for. */
    transactionMethods(bundleOnly: boolean, setBundleId: (id: string) => void): Methods {
      return {
        ...methods,
        sendTransaction(params, { port }) {
          const { encoding } = configAt(params, 1) as { readonly encoding?: unknown };
          const transaction = intake.read(params[0], encoding);
          if (chain.history.find(transaction.id)) throw invalidParams('already processed');
          if (bundleOnly) {
            if (!paysTip(transaction.message)) throw invalidParams('no tip account is paid');
            setBundleId(acceptBundle([transaction], port));
          } else {
            // Without the bundle's protection, but with its id and its results.
            intake.accept({ transactions: [transaction], atomic: false, port, bundle: true });
            setBundleId(bundleIdOf([transaction.id]));
          }
          return transaction.id;
        },
      };
    },
  };
}

const paysTip = (message: Message): boolean =>
  tipsIn(message).some((lamports) => lamports >= TIP_LAMPORTS_MIN);

const forbidsFront = ({ staticKeys }: Message): boolean =>
  staticKeys.some((key) => key.startsWith(DONT_FRONT_PREFIX));
