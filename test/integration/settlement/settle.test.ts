import { describe, expect, it } from 'vitest';
import { createLearningActivities } from '../../../activities/learning.ts';
import { createSettlementActivities } from '../../../activities/settlement.ts';
import { createOutcomeLedger } from '../../../adapters/ledger/outcome-ledger.ts';
import type { WalletBalances, ChainReader } from '../../../domain/settlement/chain-reader.ts';
import { ceilDivide } from '../../../domain/shared/valuation.ts';
import { SETTLE_LIMIT_MS, useSettleBench } from '../../support/settle-bench.ts';

const bench = useSettleBench(['SOL-USDC', 'AAA-USDC', 'BBB-USDC', 'CCC-USDC']);
const { settlerOver, chainAt, untilSettled, fault, sendAndReport, committed, untilHeight } = bench;

const NOTHING = { reserved: '0', spent: '0' };
const RESERVED = { reserved: '200000000', spent: '0' };

describe('settling on a chain', () => {
  it('carries a trade from its fills to a result that the wallet confirms', async () => {
    const chain = chainAt([bench.simnet.url, bench.simnet.url2]);
    const before = new Map(await balancesWhenFinal(chain));
    const entry = await bench.trades.enter('SOL-USDC');
    const signature = await sendAndReport(entry);
    const bought = await untilSettled(entry);
    expect(bought).toMatchObject({ kind: 'landed', signature });
    expect(bought.fill?.amountIn).toBe(200_000_000n);
    expect(bought.fill?.amountOut).toBeGreaterThanOrEqual(entry.permit.minAmountOut);

    const exit = await bench.trades.exit(entry, bought.fill?.amountOut ?? 0n);
    await sendAndReport(exit);
    const sold = await untilSettled(exit);
    expect(sold.kind).toBe('landed');
    expect(await committed()).toEqual(NOTHING);

    const { signalId } = entry.signal;
    const learning = createLearningActivities({
      outcomes: createOutcomeLedger(bench.pool),
      tell: async () => undefined,
    });
    const outcome = await learning.learn(signalId);
    expect(await learning.learn(signalId)).toEqual(outcome);
    const lamports = [bought, sold].map(({ fill }) => (fill?.fee ?? 0n) + (fill?.tip ?? 0n));
    // Micro-USDC at 146.74 a SOL, each leg rounded up.
    const inQuote = lamports.map((paid) => ceilDivide(paid * 14_674n, 100_000n));
    const swapped = (sold.fill?.amountOut ?? 0n) - 200_000_000n;
    const costs = inQuote.reduce((sum, one) => sum + one, 0n);
    expect(BigInt(outcome?.realisedPnl ?? 0)).toBe(swapped - costs);
    await expect
      .poll(async () => walletDelta(before, await chain.readBalances()), {
        timeout: SETTLE_LIMIT_MS,
      })
      .toEqual(await ledgerSums());
  });

  it('answers the activity as it answers the watch, again and again', async () => {
    const { settle } = createSettlementActivities({
      settlePermits: settlerOver([bench.simnet.url, bench.simnet.url2]),
    });
    const entry = await bench.trades.enter('SOL-USDC');
    expect(await settle(entry.permit.id)).toBeUndefined();
    await sendAndReport(entry);
    const bought = await untilSettled(entry);
    const wire = await settle(entry.permit.id);
    expect(wire).toMatchObject({ kind: 'landed', signature: bought.signature });
    expect(wire?.fill?.amountOut).toBe(String(bought.fill?.amountOut));
    expect(await settle('nobody/entry/1')).toBeUndefined();
  });

  it('books the fee of a transaction that failed', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
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
      const entry = await bench.trades.enter('SOL-USDC');
      await fault(kind);
      const signature = await sendAndReport(entry);
      const withOneSilent = settlerOver([bench.simnet.url, 'http://127.0.0.1:9']);
      expect(await withOneSilent([entry.permit.id])).toEqual([]);
      expect(await committed()).toEqual(RESERVED);
      await untilHeight(
        ((await bench.trades.trackedOf(entry.signal.signalId, 'entry')).lastValidHeight ?? 0) + 1,
      );
      expect(await withOneSilent([entry.permit.id])).toEqual([]);
      expect(await untilSettled(entry)).toEqual({
        permitId: entry.permit.id,
        kind: 'expired',
        signature,
        deltas: [],
      });
      expect(await committed()).toEqual(NOTHING);
      expect(bench.faults).toEqual([]);
    },
  );
});

describe('a permit that nobody reported', () => {
  it('is settled by the signature that the executor remembers', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    const sent = await bench.trades.send(entry);
    bench.remembered.set(entry.permit.id, { known: true, kind: 'submitted', ...sent });
    expect(await untilSettled(entry)).toMatchObject({
      kind: 'landed',
      signature: sent.signature,
    });
  });

  it('is refused where the executor says so', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    bench.remembered.set(entry.permit.id, { known: true, kind: 'refused', reason: 'expired' });
    expect(await settlerOver([bench.simnet.url, bench.simnet.url2])([entry.permit.id])).toEqual([]);
    expect((await bench.trades.trackedOf(entry.signal.signalId, 'entry')).status).toBe('refused');
    expect(await committed()).toEqual(NOTHING);
  });

  it('is found by its mark, or expires, when report and journal are lost', async () => {
    const [found, failed, never] = [
      await bench.trades.enter('AAA-USDC'),
      await bench.trades.enter('BBB-USDC'),
      await bench.trades.enter('CCC-USDC'),
    ];
    const landed = await bench.trades.send(found, 'sender');
    await fault('fail');
    const missed = await bench.trades.send(failed, 'jito');
    const settle = settlerOver([bench.simnet.url, bench.simnet.url2]);
    const withOneSilent = settlerOver([bench.simnet.url, 'http://127.0.0.1:9']);
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
    expect(bench.faults).toEqual([]);
  });
});

/** After what the test's own faucet gave has become final. */
async function balancesWhenFinal(chain: ChainReader) {
  const { height } = await chain.readHeight();
  await untilHeight(height);
  return (await chain.readBalances()).balances.map(({ asset, amount }) => [asset, amount] as const);
}

function walletDelta(before: ReadonlyMap<string, bigint>, after: WalletBalances) {
  const changes = after.balances.map(({ asset, amount }) => [
    asset,
    amount - (before.get(asset) ?? 0n),
  ]);
  return Object.fromEntries(changes.filter(([, amount]) => amount !== 0n));
}

async function ledgerSums(): Promise<Record<string, bigint>> {
  const { rows } = await bench.pool.query(
    'select asset, sum(amount)::text as amount from ledger_entries group by asset',
  );
  return Object.fromEntries(
    rows
      .map(({ asset, amount }) => [asset, BigInt(amount)] as const)
      .filter(([, amount]) => amount !== 0n),
  );
}
