import { randomBytes } from 'node:crypto';
import type { BusConnection } from '../../../adapters/bus/connect.ts';
import type { LedgerPool } from '../../../adapters/ledger/connect.ts';
import { createSettlementLedger } from '../../../adapters/ledger/settlement-ledger.ts';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import type { PermitBus } from '../../../domain/risk/risk-ledger.ts';
import { permitIdOf } from '../../../domain/shared/ids.ts';
import { permitFor } from '../../../test/support/permits.ts';
import {
  anApprover,
  aWallet,
  beginTrade,
  entryOf,
  refusalOf,
  RUN,
} from '../../../test/support/settling.ts';
import { approvePlainly, startPlainPoller } from './plain-approval.ts';

export type Approvers = {
  /** ms of each, in `bursts` groups of so many at once. */
  ours(atOnce: number, bursts: number): Promise<readonly number[]>;
  plain(atOnce: number, bursts: number): Promise<readonly PlainTime[]>;
  stop(): Promise<void>;
};

export type PlainTime = { readonly storedMs: number; readonly outMs: number };

type Parts = {
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly permits: PermitBus;
};

const MARKETS = Array.from({ length: 16 }, (_, at) => `BENCH${at + 1}-USDC`);
const EXPOSURE_USD_MAX = '1000000';

/**
 * Two ways to the same end over the same tables. A trade's row is there before the clock starts;
 * after it a refusal, as an executor would report it, gives the room back for the next one.
 */
export function createApprovers({ pool, bus, permits }: Parts): Approvers {
  const mac = createPermitMac(randomBytes(32));
  const markets = loadMarkets(MARKETS);
  const approve = anApprover(pool, markets, {
    exposureUsdMax: EXPOSURE_USD_MAX,
    positionsMax: '100',
    parts: {
      permits,
      seal(permit) {
        const p = encodePermit(permit);
        return { p, m: mac.sign(p) };
      },
    },
  });
  const ledger = createSettlementLedger(pool, { quoteDecimalsOf: () => 6 });
  const poller = startPlainPoller(pool, bus, 'bench:plain-permits');
  let number = 0;

  const inBursts = async <Time>(
    atOnce: number,
    bursts: number,
    one: (signalId: string, run: ReturnType<typeof entryOf>) => Promise<Time>,
  ): Promise<Time[]> => {
    const times: Time[] = [];
    for (let burst = 0; burst < bursts; burst++) {
      const begun = MARKETS.slice(0, atOnce).map((market) => beginTrade(pool, ++number, market));
      const signals = (await Promise.all(begun)).map(entryOf);
      times.push(...(await Promise.all(signals.map((signal) => one(signal.signalId, signal)))));
      for (const { signalId } of signals) await ledger.recordReport(refusalOf(signalId, 'entry'));
    }
    return times;
  };

  return {
    ours: (atOnce, bursts) =>
      inBursts(atOnce, bursts, async (signalId, signal) => {
        const begunMs = performance.now();
        const verdict = await approve(signal);
        const tookMs = performance.now() - begunMs;
        if (!verdict.approved) throw new Error(`${signalId}: ${JSON.stringify(verdict.breaches)}`);
        return tookMs;
      }),
    plain: (atOnce, bursts) =>
      inBursts(atOnce, bursts, async (signalId, { market, notional }) => {
        const begunMs = performance.now();
        const sequence = await approvePlainly(
          { pool, sign: (text) => mac.sign(text) },
          {
            permit: permitOf(signalId, market),
            signalId,
            runId: RUN,
            notional: BigInt(notional),
            exposureMax: BigInt(EXPOSURE_USD_MAX) * 1_000_000n,
          },
        );
        const storedMs = performance.now() - begunMs;
        await poller.published(sequence);
        return { storedMs, outMs: performance.now() - begunMs };
      }),
    stop: () => poller.stop(),
  };
}

function permitOf(signalId: string, market: string): PermitFields {
  const nowMs = Date.now();
  return permitFor({
    id: permitIdOf(signalId, 'entry', 1),
    market,
    wallet: aWallet,
    issuedAtMs: nowMs,
    validUntilMs: nowMs + 2_000,
  });
}
