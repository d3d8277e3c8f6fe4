import { connectBus } from '../../../adapters/bus/connect.ts';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { openSubscriptions } from '../../../adapters/chain/subscriptions.ts';
import { createPool } from '../../../adapters/ledger/connect.ts';
import { createOpenAiProvider } from '../../../adapters/llm/openai-provider.ts';
import { requireTls } from '../../../adapters/secrets/require-tls.ts';
import { openWarmConnection } from '../../../adapters/senders/warm-connection.ts';

/** A client as it is shipped, told to use the server at this port of `localhost`. */
type Client = (host: string) => unknown;

const nothing = (): void => undefined;
const TRY_MS = 1_500;

const CLIENTS: Readonly<Record<string, Client>> = {
  rpc: (host) => callRpc(`https://${host}`, 'getHealth', [], TRY_MS),
  subscriptions: (host) =>
    openSubscriptions({
      ...{ url: `wss://${host}`, addresses: [], commitment: 'processed' },
      ...{ onAccount: nothing, onSlot: nothing, onReady: nothing, onLost: nothing },
      onFault: nothing,
    }),
  sender: (host) =>
    openWarmConnection({
      ...{ url: new URL(`https://${host}`), method: 'rpc', ca: undefined },
      ...{ pingEveryMs: 60_000, replyLimitMs: TRY_MS, mayPing: () => false },
      ...{ onReply: () => true, onPong: nothing, onBreach: nothing, onUnanswered: nothing },
      onFree: nothing,
    }),
  bus: (host) => connectBus(`rediss://${host}`, { name: 'test' }),
  ledger: (host) =>
    createPool(`postgres://test@${host}/test?sslmode=verify-full`, 'test', 1).query('select 1'),
  model: (host) =>
    createOpenAiProvider({
      ...{ by: 'primary', baseUrl: `https://${host}/v1`, apiKey: 'none', model: 'none' },
      prices: { input: 0n, output: 0n },
    }).ask({ version: 'advice_v1', rules: 'none', state: 'none' }, AbortSignal.timeout(TRY_MS)),
};

requireTls(process.env);
// Every client against a server of its own; what becomes of it, the server knows.
for (const target of process.argv.slice(2)) {
  const [client = '', port = ''] = target.split(':');
  void Promise.resolve(CLIENTS[client]?.(`localhost:${port}`)).catch(nothing);
}
setTimeout(() => process.exit(), TRY_MS);
