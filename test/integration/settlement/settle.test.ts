import { join } from 'node:path';
import type { Server } from 'node:net';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLearningActivities } from '../../../activities/learning.ts';
import { createSettlePermits, type SettlePermits } from '../../../activities/settle-permits.ts';
import { createSettlementActivities } from '../../../activities/settlement.ts';
import { createChainReader } from '../../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createOutcomeLedger } from '../../../adapters/ledger/outcome-ledger.ts';
import { createSocketClient } from '../../../adapters/socket-rpc/client.ts';
import { serveSocket } from '../../../adapters/socket-rpc/server.ts';
import type { TrackedPermit } from '../../../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../../../domain/settlement/settlement.ts';
import { ceilDivide } from '../../../domain/shared/valuation.ts';
import { createExecutorMemory } from '../../../workers/trading/ask-executor.ts';
import { createChainTrades, type ChainTrades } from '../../support/chain-trades.ts';
import { makeSecrets } from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { openRun, resetLedger } from '../../support/settling.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';

const MARKETS = ['SOL-USDC', 'AAA-USDC', 'BBB-USDC', 'CCC-USDC'];
const LIMIT_MS = 25_000;
/** So that a report is late at once; heights and slots are the chain's own. */
const LATE_MS = 60_000;

const secrets = makeSecrets();
const socketPath = join(secrets.home, 'run', 'executor.sock');
/** What the executor's control socket remembers, by permit. */
const remembered = new Map<string, unknown>();

let servers: TestServers;
let simnet: RunningSimnet;
let pool: LedgerPool;
let control: Server;
let trades: ChainTrades;
const socket = createSocketClient({ path: socketPath });
const faults: unknown[] = [];

const chainAt = (urls: readonly string[]) =>
  createChainReader({ urls, commitment: 'confirmed', wallet: secrets.wallet });
const settlerOver = (urls: readonly string[]): SettlePermits =>
  createSettlePermits({
    ledger: trades.ledger,
    chain: chainAt(urls),
    commitment: 'confirmed',
    executor: createExecutorMemory(socket, Date.now),
    carryReport: async (report) => void (await trades.ledger.recordReport(report)),
    nowMs: () => Date.now() + LATE_MS,
    onFault: (permitId, error) => faults.push({ permitId, error }),
  });

beforeAll(async () => {
  [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true }),
    startSimnet({ slotMs: 20 }),
  ]);
  pool = createPool(servers.postgresUrl, 'test', 8);
  await migrate(pool);
  await openRun(pool, secrets.wallet);
  mkdirSync(join(secrets.home, 'run'), { recursive: true });
  control = await serveSocket(
    { path: socketPath },
    {
      whatBecameOf: (params) =>
        remembered.get((params as { permitId: string }).permitId) ?? { known: false },
    },
  );
  trades = await createChainTrades({ pool, secrets, rpcUrl: simnet.url, markets: MARKETS });
}, 120_000);

afterAll(async () => {
  socket.close();
  control?.close();
  await pool?.end();
  await Promise.all([simnet?.stop(), servers?.stop()]);
});

beforeEach(async () => {
  await resetLedger(pool);
  remembered.clear();
  faults.length = 0;
});

/** Looks until the end is proven; the chain goes on by itself. */
async function untilSettled(
  { permit }: TrackedPermit,
  settle: SettlePermits = settlerOver([simnet.url, simnet.url2]),
): Promise<Settlement> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const [settlement] = await settle([permit.id]);
    if (settlement) return settlement;
    if (Date.now() > deadline) throw new Error(`no proof for ${permit.id}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const fault = (kind: string) =>
  callRpc(simnet.url, 'simnet_fault', [{ kind, count: 1 }]).then(() => undefined);

async function sendAndReport(tracked: TrackedPermit): Promise<string> {
  const sent = await trades.send(tracked);
  await trades.report(tracked, sent);
  return sent.signature;
}

async function committed(): Promise<unknown> {
  const { rows } = await pool.query("select reserved, spent from exposure where scope = 'total'");
  return rows[0];
}

const NOTHING = { reserved: '0', spent: '0' };
const RESERVED = { reserved: '200000000', spent: '0' };

describe('settling on a chain', () => {
  it('carries a trade from its fills to a result that the wallet confirms', async () => {
    const chain = chainAt([simnet.url, simnet.url2]);
    const before = new Map(await balancesWhenFinal(chain));
    const entry = await trades.enter('SOL-USDC');
    const signature = await sendAndReport(entry);
    const bought = await untilSettled(entry);
    expect(bought).toMatchObject({ kind: 'landed', signature });
    expect(bought.fill?.amountIn).toBe(200_000_000n);
    expect(bought.fill?.amountOut).toBeGreaterThanOrEqual(entry.permit.minAmountOut);

    const exit = await trades.exit(entry, bought.fill?.amountOut ?? 0n);
    await sendAndReport(exit);
    const sold = await untilSettled(exit);
    expect(sold.kind).toBe('landed');
    expect(await committed()).toEqual(NOTHING);

    const { signalId } = entry.signal;
    const learning = createLearningActivities({ outcomes: createOutcomeLedger(pool) });
    const outcome = await learning.learn(signalId);
    expect(await learning.learn(signalId)).toEqual(outcome);
    const lamports = [bought, sold].map(({ fill }) => (fill?.fee ?? 0n) + (fill?.tip ?? 0n));
    // Micro-USDC at 146.74 a SOL, each leg rounded up.
    const inQuote = lamports.map((paid) => ceilDivide(paid * 14_674n, 100_000n));
    const swapped = (sold.fill?.amountOut ?? 0n) - 200_000_000n;
    const costs = inQuote.reduce((sum, one) => sum + one, 0n);
    expect(BigInt(outcome?.realisedPnl ?? 0)).toBe(swapped - costs);
    await expect
      .poll(async () => walletDelta(before, await chain.readBalances()), { timeout: LIMIT_MS })
      .toEqual(await ledgerSums());
  });

  it('answers the activity as it answers the watch, again and again', async () => {
    const { settle } = createSettlementActivities({
      settlePermits: settlerOver([simnet.url, simnet.url2]),
    });
    const entry = await trades.enter('SOL-USDC');
    expect(await settle(entry.permit.id)).toBeUndefined();
    await sendAndReport(entry);
    const bought = await untilSettled(entry);
    const wire = await settle(entry.permit.id);
    expect(wire).toMatchObject({ kind: 'landed', signature: bought.signature });
    expect(wire?.fill?.amountOut).toBe(String(bought.fill?.amountOut));
    expect(await settle('nobody/entry/1')).toBeUndefined();
  });

  it('books the fee of a transaction that failed', async () => {
    const entry = await trades.enter('SOL-USDC');
    await fault('fail');
    await sendAndReport(entry);
    const failed = await untilSettled(entry);
    expect(failed).toMatchObject({ kind: 'failed', error: expect.any(String) });
    expect(failed.deltas).toEqual([{ asset: 'SOL', amount: expect.any(BigInt) }]);
    expect(await committed()).toEqual(NOTHING);
    expect(await ledgerSums()).toEqual({ SOL: failed.deltas[0]?.amount });
  });

  it.each(['drop', 'expire'])(
    'proves the end of a transaction that met %s, and only by all origins',
    async (kind) => {
      const entry = await trades.enter('SOL-USDC');
      await fault(kind);
      const signature = await sendAndReport(entry);
      const withOneSilent = settlerOver([simnet.url, 'http://127.0.0.1:9']);
      expect(await withOneSilent([entry.permit.id])).toEqual([]);
      expect(await committed()).toEqual(RESERVED);
      await untilHeight(
        ((await trades.trackedOf(entry.signal.signalId, 'entry')).lastValidHeight ?? 0) + 1,
      );
      expect(await withOneSilent([entry.permit.id])).toEqual([]);
      expect(await untilSettled(entry)).toEqual({
        permitId: entry.permit.id,
        kind: 'expired',
        signature,
        deltas: [],
      });
      expect(await committed()).toEqual(NOTHING);
      expect(faults).toEqual([]);
    },
  );
});

describe('a permit that nobody reported', () => {
  it('is settled by the signature that the executor remembers', async () => {
    const entry = await trades.enter('SOL-USDC');
    const sent = await trades.send(entry);
    remembered.set(entry.permit.id, { known: true, kind: 'submitted', ...sent });
    expect(await untilSettled(entry)).toMatchObject({
      kind: 'landed',
      signature: sent.signature,
    });
  });

  it('is refused where the executor says so', async () => {
    const entry = await trades.enter('SOL-USDC');
    remembered.set(entry.permit.id, { known: true, kind: 'refused', reason: 'expired' });
    expect(await settlerOver([simnet.url, simnet.url2])([entry.permit.id])).toEqual([]);
    expect((await trades.trackedOf(entry.signal.signalId, 'entry')).status).toBe('refused');
    expect(await committed()).toEqual(NOTHING);
  });

  it('is found by its mark, or expires, when report and journal are lost', async () => {
    const [found, failed, never] = [
      await trades.enter('AAA-USDC'),
      await trades.enter('BBB-USDC'),
      await trades.enter('CCC-USDC'),
    ];
    const landed = await trades.send(found);
    await fault('fail');
    const missed = await trades.send(failed);
    const settle = settlerOver([simnet.url, simnet.url2]);
    const withOneSilent = settlerOver([simnet.url, 'http://127.0.0.1:9']);
    const ids = [found, failed, never].map(({ permit }) => permit.id);
    // On chain at once, but another copy of the permit could still be signed and land.
    expect(await settle(ids)).toEqual([]);
    await untilHeight(never.permit.validUntilHeight + 150 + 1);
    expect(await withOneSilent(ids)).toEqual([]);
    expect(await committed()).toEqual({ reserved: '600000000', spent: '0' });

    expect(await untilSettled(found, settle)).toMatchObject({
      kind: 'landed',
      signature: landed.signature,
    });
    expect(await untilSettled(failed, settle)).toMatchObject({
      kind: 'failed',
      signature: missed.signature,
    });
    expect(await untilSettled(never, settle)).toEqual({
      permitId: never.permit.id,
      kind: 'expired',
      deltas: [],
    });
    expect(await committed()).toEqual({ reserved: '0', spent: '200000000' });
    expect(faults).toEqual([]);
  });
});

/** Until a block of that height is final. */
async function untilHeight(height: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const params = [{ commitment: 'finalized' }];
        const info = await callRpc<{ blockHeight: number }>(simnet.url, 'getEpochInfo', params);
        return info.blockHeight;
      },
      { timeout: LIMIT_MS, interval: 50 },
    )
    .toBeGreaterThanOrEqual(height);
}

type Balances = Awaited<ReturnType<ReturnType<typeof chainAt>['readBalances']>>;

/** After what the test's own faucet gave has become final. */
async function balancesWhenFinal(chain: ReturnType<typeof chainAt>) {
  const { height } = await chain.readHeight();
  await untilHeight(height);
  return (await chain.readBalances()).balances.map(({ asset, amount }) => [asset, amount] as const);
}

function walletDelta(before: ReadonlyMap<string, bigint>, after: Balances) {
  const changes = after.balances.map(({ asset, amount }) => [
    asset,
    amount - (before.get(asset) ?? 0n),
  ]);
  return Object.fromEntries(changes.filter(([, amount]) => amount !== 0n));
}

async function ledgerSums(): Promise<Record<string, bigint>> {
  const { rows } = await pool.query(
    'select asset, sum(amount)::text as amount from ledger_entries group by asset',
  );
  return Object.fromEntries(
    rows
      .map(({ asset, amount }) => [asset, BigInt(amount)] as const)
      .filter(([, amount]) => amount !== 0n),
  );
}
