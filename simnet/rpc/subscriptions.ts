import type { WebSocket } from 'ws';
import type { Chain } from '../chain.ts';
import { invalidParams, RPC, RpcFault } from '../rpc-fault.ts';
import { readCommitment, type Commitment } from '../state/blocks.ts';
import { readMintDecimals } from '../token/token-layout.ts';
import { accountView } from './account-view.ts';
import { answer } from './dispatch.ts';
import type { Caller, Methods } from './methods.ts';
import { configAt, keyFrom, signatureFrom } from './params.ts';

type Subscription =
  | { readonly kind: 'slot' }
  | {
      readonly kind: 'account';
      readonly key: string;
      readonly commitment: Commitment;
      readonly config: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'signature'; readonly signature: string; readonly commitment: Commitment };

const SUBSCRIPTIONS_MAX = 1_000;
/** A client that reads so slowly loses its connection, not the others their notifications. */
const BUFFERED_BYTES_MAX = 8_000_000;

/** Serves one WebSocket; `notifySlot` is to be called when a slot is through. */
export function createSubscriptions(chain: Chain, methods: Methods) {
  const clients = new Map<WebSocket, Map<number, Subscription>>();
  let nextId = 1;

  const attend = (socket: WebSocket, caller: Caller): void => {
    const own = new Map<number, Subscription>();
    clients.set(socket, own);
    const add = (subscription: Subscription): number => {
      if (own.size >= SUBSCRIPTIONS_MAX) throw new RpcFault(RPC.limited, 'Too many subscriptions');
      const id = nextId++;
      own.set(id, subscription);
      return id;
    };
    const remove: Methods[string] = (params) => {
      if (own.delete(Number(params[0]))) return true;
      throw invalidParams('Invalid subscription id.');
    };
    const served: Methods = {
      ...methods,
      slotSubscribe: () => add({ kind: 'slot' }),
      accountSubscribe(params) {
        const config = configAt(params, 1);
        const commitment = readCommitment(config['commitment']);
        return add({ kind: 'account', key: keyFrom(params[0], 'pubkey'), commitment, config });
      },
      signatureSubscribe(params) {
        const commitment = readCommitment(configAt(params, 1)['commitment']);
        const signature = signatureFrom(params[0], 'signature');
        return add({ kind: 'signature', signature, commitment });
      },
      slotUnsubscribe: remove,
      accountUnsubscribe: remove,
      signatureUnsubscribe: remove,
    };
    socket.on('message', (data: Buffer) => {
      const reply = answer(served, data.toString(), caller);
      if (reply) socket.send(JSON.stringify(reply));
      // What landed before its subscription is told at once, after the subscription's id.
      notifySignatures(socket, own);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => clients.delete(socket));
  };

  const notify = (
    socket: WebSocket,
    method: string,
    subscription: number,
    result: unknown,
  ): void => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', method, params: { result, subscription } }));
  };

  const notifySignatures = (socket: WebSocket, own: Map<number, Subscription>): void => {
    for (const [id, subscription] of own) {
      if (subscription.kind !== 'signature') continue;
      const landed = chain.history.find(subscription.signature);
      if (!landed || landed.slot > chain.blocks.slotAt(subscription.commitment)) continue;
      own.delete(id); // It is told once.
      const { err } = landed.execution;
      const context = { slot: chain.blocks.slotAt(subscription.commitment) };
      notify(socket, 'signatureNotification', id, { context, value: { err } });
    }
  };

  const notifyAccounts = (socket: WebSocket, own: ReadonlyMap<number, Subscription>): void => {
    const decimalsOf = (mint: string) => readMintDecimals(chain.accounts.read(mint));
    for (const [id, subscription] of own) {
      if (subscription.kind !== 'account') continue;
      const { key, commitment, config } = subscription;
      const slot = chain.blocks.slotAt(commitment);
      if (!chain.accounts.hasChangedIn(key, slot)) continue;
      const value = accountView(chain.accounts.readAt(key, slot), config, decimalsOf) ?? NO_ACCOUNT;
      notify(socket, 'accountNotification', id, { context: { slot }, value });
    }
  };

  return {
    attend,
    /** Accounts first: who sees a slot's number has seen all its accounts. */
    notifySlot(slot: number): void {
      const result = { slot, parent: slot - 1, root: chain.blocks.slotAt('finalized') };
      for (const [socket, own] of clients) {
        if (socket.readyState !== socket.OPEN) continue;
        if (socket.bufferedAmount > BUFFERED_BYTES_MAX) {
          socket.terminate();
          continue;
        }
        notifyAccounts(socket, own);
        for (const [id, { kind }] of own)
          if (kind === 'slot') notify(socket, 'slotNotification', id, result);
        notifySignatures(socket, own);
      }
    },
  };
}

/** How a node shows an account that was closed. */
const NO_ACCOUNT = {
  lamports: 0,
  owner: '11111111111111111111111111111111',
  executable: false,
  rentEpoch: 0,
  space: 0,
  data: ['', 'base64'],
};
