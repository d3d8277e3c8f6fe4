import { lamports, type Lamports } from '../domain/shared/units.ts';
import type { TipPercentile } from '../domain/execution/tip-floor.ts';
import type { Settings } from './environment.ts';

export type SendingConfig = {
  /** Kept open to each endpoint and method; each has one request in flight. */
  readonly connections: number;
  readonly jitoRequestsPerSecond: number;
  readonly rpcRequestsPerSecond: number;
  readonly sender: {
    readonly requestsPerSecond: number;
    readonly tipMin: Lamports;
    readonly swqosOnly: boolean;
  };
  /** Undefined: tips follow the permit's cap alone. */
  readonly tipPercentile: TipPercentile | undefined;
};

/** simnet limits nobody. */
const PAPER_REQUESTS_PER_SECOND = 1_000;
/** What a public block engine allows an address and region. */
const JITO_REQUESTS_PER_SECOND = 1;
/** What Helius allows a region without an agreement. */
const SENDER_REQUESTS_PER_SECOND = 50;
/** A small plan's `sendTransaction`. */
const RPC_REQUESTS_PER_SECOND = 5;
/** As Helius publishes them; they have changed before, hence the setting. simnet asks for the smaller. */
const SENDER_TIP_MIN = { max: 1_000_000, 'swqos-only': 5_000, paper: 5_000 };

/** How fast each kind of endpoint may be asked, and what it wants to be tipped. */
export function sendingOf(env: Settings): SendingConfig {
  const paper = env.SNIPER_TRADING_MODE === 'paper';
  const tier = env.OVERMIND_SENDER_TIER;
  const tipMin = env.OVERMIND_SENDER_TIP_LAMPORTS_MIN ?? SENDER_TIP_MIN[paper ? 'paper' : tier];
  // Paper runs are compared with each other: their tips must not depend on what landed before.
  const percentile = env.OVERMIND_TIP_PERCENTILE ?? (paper ? 'off' : '75');
  const perSecond = (given: number | undefined, elsewhere: number): number =>
    given ?? (paper ? PAPER_REQUESTS_PER_SECOND : elsewhere);
  return {
    connections: env.OVERMIND_ENDPOINT_CONNECTIONS,
    jitoRequestsPerSecond: perSecond(
      env.OVERMIND_JITO_REQUESTS_PER_SECOND,
      JITO_REQUESTS_PER_SECOND,
    ),
    rpcRequestsPerSecond: perSecond(env.OVERMIND_RPC_REQUESTS_PER_SECOND, RPC_REQUESTS_PER_SECOND),
    sender: {
      requestsPerSecond: perSecond(
        env.OVERMIND_SENDER_REQUESTS_PER_SECOND,
        SENDER_REQUESTS_PER_SECOND,
      ),
      tipMin: lamports(BigInt(tipMin)),
      swqosOnly: tier === 'swqos-only',
    },
    tipPercentile: percentile === 'off' ? undefined : percentile,
  };
}

/**
 * The smallest cap under which every permit's tip reaches Sender's minimum: up to a tenth of the cap
 * goes to the digits that mark the permit.
 */
export function tipMaxForSender(tipMin: bigint): bigint {
  return (tipMin * 10n + 8n) / 9n;
}
