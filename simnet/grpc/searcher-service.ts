import {
  Metadata,
  status,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';
import type { SearcherServiceServer } from 'jito-ts/dist/gen/block-engine/searcher.js';
import { TIP_ACCOUNTS } from '../addresses.ts';
import type { Chain } from '../chain.ts';
import type { Intake } from '../intake.ts';
import { RPC, RpcFault } from '../rpc-fault.ts';
import type { BlockEngine } from '../rpc/jito.ts';
import type { BundleResults } from './bundle-results.ts';
import { REGION, VALIDATOR } from './validator.ts';

/** A real epoch's slots would be megabytes. */
const LEADER_SLOTS_TOLD = 64;
/** As the real engine does, one too many is refused with RESOURCE_EXHAUSTED. */
const SUBSCRIBERS_MAX = 10;
const RESULTS_UNREAD_MAX = 1_000;

export type SearcherDeps = {
  readonly chain: Chain;
  readonly intake: Intake;
  readonly engine: Pick<BlockEngine, 'sendBundle'>;
  readonly results: BundleResults;
  /** The gRPC port: faults can be told apart by it. */
  readonly port: () => number;
  readonly refuses: (method: string, port: number) => boolean;
};

/** Jito's SearcherService. No authentication; every subscriber hears of every bundle. */
export function createSearcherService(deps: SearcherDeps): SearcherServiceServer {
  const { chain, intake, engine, results, port } = deps;

  const unary = <Request, Response>(
    method: string,
    answer: (request: Request) => Response,
  ): handleUnaryCall<Request, Response> => {
    return ({ request }, callback: sendUnaryData<Response>) => {
      try {
        if (deps.refuses(method, port())) throw new RpcFault(RPC.limited, 'Rate limit exceeded');
        callback(null, answer(request));
      } catch (error) {
        if (error instanceof RpcFault) callback({ code: codeOf(error), details: error.message });
        // A bug of ours ends the process; thrown from here, gRPC would pass it for an answer.
        else setImmediate(() => raise(error));
      }
    };
  };

  const nextSlots = (): number[] =>
    Array.from({ length: LEADER_SLOTS_TOLD }, (_, index) => chain.blocks.slot() + index);
  const leaders = () => ({ connectedValidators: { [VALIDATOR]: { slots: nextSlots() } } });

  return {
    sendBundle: unary('sendBundle', ({ bundle }) => {
      const wires = (bundle?.packets ?? []).map(({ data }) => data);
      // A copy: the packet is a view into the whole message, which history would keep.
      const read = (wire: Uint8Array) => intake.readBytes(Buffer.from(wire));
      return { uuid: engine.sendBundle(wires, read, port()) };
    }),
    getTipAccounts: unary('getTipAccounts', () => ({ accounts: [...TIP_ACCOUNTS] })),
    getNextScheduledLeader: unary('getNextScheduledLeader', () => ({
      currentSlot: chain.blocks.slot(),
      nextLeaderSlot: chain.blocks.slot() + 1,
      nextLeaderIdentity: VALIDATOR,
      nextLeaderRegion: REGION,
    })),
    getConnectedLeaders: unary('getConnectedLeaders', leaders),
    getConnectedLeadersRegioned: unary('getConnectedLeadersRegioned', () => ({
      connectedValidators: { [REGION]: leaders() },
    })),
    getRegions: unary('getRegions', () => ({ currentRegion: REGION, availableRegions: [REGION] })),
    subscribeBundleResults: (call) => attend(call, results),
  };
}

function attend(
  call: Pick<
    ServerWritableStream<unknown, BundleResult>,
    'write' | 'on' | 'emit' | 'writableLength' | 'sendMetadata'
  >,
  results: BundleResults,
): void {
  const refuse = (details: string): void =>
    void call.emit('error', { code: status.RESOURCE_EXHAUSTED, details });
  if (results.count() >= SUBSCRIBERS_MAX) {
    refuse('too many bundle result connections');
    return;
  }
  const leave = results.subscribe((result) => {
    if (call.writableLength > RESULTS_UNREAD_MAX) {
      leave();
      refuse('results are not read');
      return;
    }
    call.write(result);
  });
  // At once: who has it knows that no result is missed any more.
  call.sendMetadata(new Metadata());
  call.on('cancelled', leave);
  call.on('close', leave);
  call.on('error', leave);
}

function codeOf({ code }: RpcFault): status {
  return code === RPC.limited ? status.RESOURCE_EXHAUSTED : status.INVALID_ARGUMENT;
}

function raise(error: unknown): never {
  throw error;
}
