import { WebSocket } from 'ws';

export type SubscriptionOptions = {
  readonly url: string;
  readonly addresses: readonly string[];
  readonly commitment: 'processed' | 'confirmed';
  readonly onAccount: (address: string, slot: number, data: Buffer) => void;
  readonly onSlot: (slot: number) => void;
  /** Every subscription is confirmed: from now on nothing is missed. */
  readonly onReady: () => void;
  readonly onLost: () => void;
  readonly onFault: (error: unknown) => void;
};

export type Subscriptions = { close(): void };

type Message = {
  readonly id?: number;
  readonly result?: number;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly subscription: number; readonly result: unknown };
};
type AccountNotice = {
  readonly context: { readonly slot: number };
  readonly value: { readonly data: readonly [string, string] } | null;
};

const SLOT_REQUEST_ID = 0;
const RECONNECT_MS = { first: 100, max: 2_000 };
/** A link that carries nothing at all for so long is cut, and made anew. */
const SILENCE_MS = 5_000;

/** Account and slot subscriptions on one WebSocket that reconnects by itself. */
export function openSubscriptions(options: SubscriptionOptions): Subscriptions {
  let socket: WebSocket | undefined;
  let closed = false;
  let attempt = 0;
  let retry: NodeJS.Timeout | undefined;

  const connect = (): void => {
    const opened = new WebSocket(options.url, { perMessageDeflate: false });
    socket = opened;
    let ended = false;
    const addressOf = new Map<number, string>();
    let unconfirmed = options.addresses.length + 1;
    let lastMessageAtMs = performance.now();
    const silence = setInterval(() => {
      if (performance.now() - lastMessageAtMs > SILENCE_MS) opened.terminate();
    }, 1_000);

    opened.on('open', () => subscribe(opened, options));
    opened.on('message', (raw: Buffer) => {
      lastMessageAtMs = performance.now();
      const message = readMessage(raw);
      if (message?.params) notify(message, addressOf, options);
      else if (message?.id !== undefined) {
        if (message.result === undefined) {
          options.onFault(new Error(`subscription refused: ${message.error?.message ?? ''}`));
          opened.terminate();
          return;
        }
        const address = options.addresses[message.id - 1];
        if (message.id !== SLOT_REQUEST_ID && address) addressOf.set(message.result, address);
        unconfirmed -= 1;
        if (unconfirmed > 0) return;
        attempt = 0;
        options.onReady();
      }
    });
    opened.on('error', options.onFault);
    opened.on('close', () => {
      clearInterval(silence);
      if (ended) return;
      ended = true;
      if (closed) return;
      options.onLost();
      const afterMs = Math.min(RECONNECT_MS.first * 2 ** attempt, RECONNECT_MS.max);
      attempt += 1;
      retry = setTimeout(connect, afterMs);
    });
  };

  connect();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      socket?.terminate();
    },
  };
}

function subscribe(socket: WebSocket, { addresses, commitment }: SubscriptionOptions): void {
  const send = (id: number, method: string, params: readonly unknown[]): void =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  send(SLOT_REQUEST_ID, 'slotSubscribe', []);
  for (const [index, address] of addresses.entries()) {
    send(index + 1, 'accountSubscribe', [address, { encoding: 'base64', commitment }]);
  }
}

function notify(
  { method, params }: Message,
  addressOf: ReadonlyMap<number, string>,
  options: SubscriptionOptions,
): void {
  if (!params) return;
  if (method === 'slotNotification') {
    const { slot } = params.result as { readonly slot: number }; // Shape of the documented notice.
    options.onSlot(slot);
  } else if (method === 'accountNotification') {
    const address = addressOf.get(params.subscription);
    const { context, value } = params.result as AccountNotice; // Shape of the documented notice.
    if (address && value) {
      options.onAccount(address, context.slot, Buffer.from(value.data[0], 'base64'));
    }
  }
}

function readMessage(raw: Buffer): Message | undefined {
  try {
    return JSON.parse(raw.toString('utf8')) as Message; // Each field is looked at before its use.
  } catch {
    return undefined;
  }
}
