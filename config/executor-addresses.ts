import { OvermindError } from '../domain/shared/errors.ts';
import type { Config } from './config.ts';

export type ExecutorAddresses = {
  readonly postgres: string;
  readonly dragonfly: string;
  readonly rpc: readonly string[];
  readonly jito: readonly string[];
};

/** What the executor cannot start without; every fault at once. */
export function executorAddresses({ mode, addresses }: Config): ExecutorAddresses {
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
  return { postgres, dragonfly, rpc, jito: addresses.jito ?? rpc.slice(0, 1) };
}
