import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { createFaults } from './faults.ts';
import type { ServedGrpc, ServeGrpcOptions } from './grpc/serve-grpc.ts';
import { createIntake } from './intake.ts';
import { createBlockEngine } from './rpc/jito.ts';
import { createHeliusSender } from './rpc/helius-sender.ts';
import { createMethods } from './rpc/create-methods.ts';
import { withAnswerFaults } from './rpc/lying-methods.ts';
import { serve } from './rpc/serve.ts';
import { createTipFeed } from './rpc/tip-feed.ts';
import { createSubscriptions } from './rpc/subscriptions.ts';
import type { SlotWrite } from './slot-write.ts';
import { openChain } from './store/open-chain.ts';

const USAGE =
  'simnet [--host 127.0.0.1] [--port 8899] [--port2 8898] [--grpc-port N] [--slot-ms 400] [--sender-tip-min 5000] [--state FOLDER] [--program ID=FILE]…  (port 0: any free one)';

type Flags = {
  /** The address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly port2: number;
  /** Undefined: no gRPC. */
  readonly grpcPort: number | undefined;
  readonly slotMs: number;
  /** Lamports. */
  readonly senderTipMin: number;
  readonly state: string | undefined;
  readonly programs: ReadonlyMap<string, string>;
};

/** A local Solana: JSON-RPC, WebSocket and a block engine over LiteSVM, for paper trading and tests. */
async function main(flags: Flags): Promise<void> {
  const { host, port, port2, grpcPort, slotMs, senderTipMin, state, programs } = flags;
  const binaries = [...programs].map(([id, file]) => [id, readFileSync(file)] as const);
  const opened = openChain({ folder: state, programs: new Map(binaries), nowMs: Date.now });
  const { chain, resumed } = opened;
  const faults = createFaults(chain.blocks.slot);
  const intake = createIntake(chain, faults);
  const engine = createBlockEngine(chain, intake);
  const timer = setInterval(() => chain.openSlot(), slotMs);
  const openSlot = (write: SlotWrite): number => {
    timer.refresh(); // The slot that begins now lasts its full time.
    return chain.openSlot(write);
  };
  const methods = withAnswerFaults(
    { ...createMethods({ chain, intake, faults, openSlot }), ...engine.methods },
    { faults: faults.answers, blocks: chain.blocks },
  );
  const subscriptions = createSubscriptions(chain, methods);
  chain.onSlot(subscriptions.notifySlot);
  chain.onSlot(opened.keepUp);
  const { refuses } = faults.answers;
  const sender = createHeliusSender(intake, BigInt(senderTipMin));
  const served = { methods, engine, sender, subscriptions, tipFeed: createTipFeed(chain), refuses };
  const first = await serve({ host, port, ...served });
  const second = await serve({ host, port: port2, ...served });
  const searcher =
    grpcPort === undefined
      ? undefined
      : await openSearcher({ host, port: grpcPort, chain, intake, engine, refuses });

  const stop = (): void => {
    clearInterval(timer);
    first.close();
    second.close();
    searcher?.close();
    opened.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  const url = `http://127.0.0.1:${first.port}`;
  const url2 = `http://127.0.0.1:${second.port}`;
  const wsUrl = `ws://127.0.0.1:${first.port}`;
  const facts = {
    url,
    url2,
    wsUrl,
    slotMs,
    ...(searcher ? { grpcAddress: searcher.address } : {}),
    ...(resumed ? { resumed } : {}),
  };
  console.log(JSON.stringify({ process: 'simnet', msg: 'process ready', ...facts }));
  process.send?.({ kind: 'ready', process: 'simnet', ...facts });
}

/** Loaded only when it is asked for: gRPC costs a tenth of a second and 20 MB. */
async function openSearcher(options: ServeGrpcOptions): Promise<ServedGrpc> {
  const { serveGrpc } = await import('./grpc/serve-grpc.ts');
  return serveGrpc(options);
}

function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8899' },
      port2: { type: 'string', default: '8898' },
      'grpc-port': { type: 'string' },
      'slot-ms': { type: 'string', default: '400' },
      'sender-tip-min': { type: 'string', default: '5000' },
      state: { type: 'string' },
      program: { type: 'string', multiple: true, default: [] },
    },
  });
  const whole = (flag: string, text: string, min: number, max: number): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new RangeError(`--${flag}: got ${text}, wants a whole number from ${min} to ${max}`);
  };
  const programs = values.program.map((text): [string, string] => {
    const split = text.indexOf('=');
    if (split < 32) throw new RangeError(`--program: got ${text}, wants ID=FILE`);
    return [text.slice(0, split), text.slice(split + 1)];
  });
  const grpcPort = values['grpc-port'];
  if (isIP(values.host) === 0) {
    throw new RangeError(`--host: got ${values.host}, wants an IP address`);
  }
  return {
    host: values.host,
    grpcPort: grpcPort === undefined ? undefined : whole('grpc-port', grpcPort, 0, 65_535),
    port: whole('port', values.port, 0, 65_535),
    port2: whole('port2', values.port2, 0, 65_535),
    senderTipMin: whole('sender-tip-min', values['sender-tip-min'], 0, 1e9),
    slotMs: whole('slot-ms', values['slot-ms'], 10, 60_000),
    state: values.state,
    programs: new Map(programs),
  };
}

try {
  await main(readFlags(process.argv.slice(2)));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`${message}\n${USAGE}`);
  process.send?.({ kind: 'failed', process: 'simnet', message });
  process.exit(1);
}
