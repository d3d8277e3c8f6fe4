import { OvermindError } from '../domain/shared/errors.ts';
import type { Config } from './config.ts';
import { tipMaxForSender } from './sending.ts';

export type ExecutorAddresses = {
  readonly postgres: string;
  readonly dragonfly: string;
  readonly rpc: readonly string[];
  readonly jito: readonly string[];
  /** Helius Senders; empty where there is none. */
  readonly sender: readonly string[];
  /** Where the percentiles of landed tips are read. */
  readonly tipFloor: string;
};

const TIP_FLOOR_PATH = '/api/v1/bundles/tip_floor';
const JITO_TIP_FLOOR = `https://bundles.jito.wtf${TIP_FLOOR_PATH}`;

/** What the executor cannot start without; every fault at once. */
export function executorAddresses(config: Config): ExecutorAddresses {
  const { mode, addresses } = config;
  const { postgres, dragonfly, rpc } = addresses;
  const faults = [
    mode === 'paper' ? '' : `SNIPER_TRADING_MODE: ${mode} is not built yet, wants paper`,
    postgres ? '' : 'DATABASE_URL: missing',
    dragonfly ? '' : 'DRAGONFLY_URL: missing',
    rpc ? '' : 'OVERMIND_RPC_URLS: missing',
  ].filter((fault) => fault !== '');
  if (faults.length > 0 || !postgres || !dragonfly || !rpc) {
    throw new OvermindError('config/invalid', { faults: faults.join('\n') });
  }
  // simnet serves the block engine's paths beside the RPC's.
  const jito = addresses.jito ?? rpc.slice(0, 1);
  const tipFloor =
    mode === 'paper'
      ? new URL(TIP_FLOOR_PATH, rpc[0]).href
      : (addresses.tipFloor ?? JITO_TIP_FLOOR);
  return { postgres, dragonfly, rpc, jito, sender: senderOf(config, rpc), tipFloor };
}

/** On paper simnet is the Sender, too, unless the cap of tips is below what it asks for. */
function senderOf(
  { mode, addresses, execution, sending }: Config,
  rpc: readonly string[],
): readonly string[] {
  if (mode !== 'paper') return addresses.sender ?? [];
  return execution.tipMax < tipMaxForSender(sending.sender.tipMin) ? [] : rpc.slice(0, 1);
}
