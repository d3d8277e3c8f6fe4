import { z } from 'zod';
import type {
  ChainHeight,
  ChainReader,
  OriginStatuses,
  WalletSignature,
} from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { lamports } from '../../domain/shared/units.ts';
import { createRpcClient, type RpcClient } from './rpc-client.ts';
import {
  epochAnswer,
  errorText,
  readAnswer,
  signaturesAnswer,
  statusesAnswer,
  transactionAnswer,
} from './rpc-answers.ts';
import { readWalletBalances } from './wallet-balances.ts';
import { walletDeltas } from './wallet-deltas.ts';
import { walletPayments } from './wallet-payments.ts';

export type ChainReaderOptions = {
  readonly urls: readonly string[];
  readonly commitment: 'confirmed' | 'finalized';
  /** Base58. */
  readonly wallet: string;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5_000;
const PAGE = 1_000;
/** A wallet with more new transactions than this since `until` is none of ours. */
const PAGES_MAX = 100;

export function createChainReader(options: ChainReaderOptions): ChainReader {
  const { urls, commitment, wallet, timeoutMs = TIMEOUT_MS } = options;
  const clients = urls.map((url) => createRpcClient({ url, timeoutMs }));

  return {
    origins: clients.map(({ origin }) => origin),
    async readGenesisHash() {
      const hashes = await Promise.all(
        clients.map(async (client) =>
          readAnswer(z.string(), 'getGenesisHash', await client.call('getGenesisHash', [])),
        ),
      );
      const [first = ''] = hashes;
      const other = hashes.find((hash) => hash !== first);
      if (other === undefined) return first;
      throw new OvermindError('chain/wrong-cluster', { genesisHash: other, expected: first });
    },
    readHeight: () => askInTurn(clients, (client) => readHeightOf(client, 'confirmed')),
    readFinalizedHeight: () => askAll(clients, (client) => readHeightOf(client, 'finalized')),
    readSignatureStatuses: (signatures) =>
      askAll(clients, (client) => readStatusesOf(client, signatures)),
    readTransaction: (signature) =>
      askInTurn(clients, async (client) => {
        const config = { encoding: 'json', commitment, maxSupportedTransactionVersion: 1 };
        const raw = await client.call('getTransaction', [signature, config]);
        const answer = readAnswer(transactionAnswer, 'getTransaction', raw);
        if (answer === null) return undefined;
        return {
          signature,
          slot: answer.slot,
          ...errorText(answer.meta.err),
          feeLamports: lamports(BigInt(answer.meta.fee)),
          deltas: walletDeltas(answer, wallet),
          payments: walletPayments(answer, wallet),
        };
      }),
    readWalletSignatures: ({ until } = {}) =>
      askInTurn(clients, (client) => readSignaturesOf(client, wallet, until)),
    readWalletHistories: () =>
      askAll(clients, async (client) => ({
        origin: client.origin,
        signatures: await readSignaturesOf(client, wallet, undefined),
      })),
    readBalances: () => askInTurn(clients, (client) => readWalletBalances(client, wallet)),
  };
}

/** The first answer that is one: an origin that fails or does not know makes room for the next. */
async function askInTurn<Answer>(
  clients: readonly RpcClient[],
  ask: (client: RpcClient) => Promise<Answer>,
): Promise<Answer> {
  let failure: unknown;
  let unknown: { readonly answer: Answer } | undefined;
  for (const client of clients) {
    try {
      const answer = await ask(client);
      if (answer !== undefined) return answer;
      unknown = { answer };
    } catch (error) {
      failure = error;
    }
  }
  if (unknown) return unknown.answer;
  throw failure;
}

/** Every origin at once; throws only if none answered. */
async function askAll<Answer>(
  clients: readonly RpcClient[],
  ask: (client: RpcClient) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers = await Promise.allSettled(clients.map(ask));
  const given = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (given.length > 0) return given;
  throw answers.find((one) => one.status === 'rejected')?.reason;
}

/** Slot and height of one moment: `getBlockHeight` alone would not say at which slot. */
async function readHeightOf(
  client: RpcClient,
  commitment: 'confirmed' | 'finalized',
): Promise<ChainHeight> {
  const answer = await client.call('getEpochInfo', [{ commitment }]);
  const { absoluteSlot, blockHeight } = readAnswer(epochAnswer, 'getEpochInfo', answer);
  return { origin: client.origin, slot: absoluteSlot, height: blockHeight };
}

async function readStatusesOf(
  client: RpcClient,
  signatures: readonly string[],
): Promise<OriginStatuses> {
  const config = { searchTransactionHistory: true };
  const raw = await client.call('getSignatureStatuses', [signatures, config]);
  const { context, value } = readAnswer(statusesAnswer, 'getSignatureStatuses', raw);
  const found = signatures.flatMap((signature, index) => {
    const status = value[index];
    if (!status) return [];
    // Old nodes leave the commitment out of what they found in their finalized history.
    const { slot, err, confirmationStatus } = status;
    return [{ signature, slot, commitment: confirmationStatus ?? 'finalized', ...errorText(err) }];
  });
  return { origin: client.origin, slot: context.slot, found };
}

async function readSignaturesOf(
  client: RpcClient,
  wallet: string,
  until: string | undefined,
): Promise<readonly WalletSignature[]> {
  const all: WalletSignature[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const before = all.at(-1)?.signature;
    const config = {
      commitment: 'finalized',
      limit: PAGE,
      ...(until === undefined ? {} : { until }),
      ...(before === undefined ? {} : { before }),
    };
    const raw = await client.call('getSignaturesForAddress', [wallet, config]);
    const answer = readAnswer(signaturesAnswer, 'getSignaturesForAddress', raw);
    for (const { signature, slot, err } of answer) all.push({ signature, slot, ...errorText(err) });
    if (answer.length < PAGE) return all;
  }
  throw new OvermindError('chain/refused', {
    method: 'getSignaturesForAddress',
    code: 0,
    message: `more than ${PAGE * PAGES_MAX} signatures since ${until ?? 'the beginning'}`,
  });
}
